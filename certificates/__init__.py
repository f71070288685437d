"""What a certificate is: intake of what people hand over, its facts and the verdict on it.

Pure: bytes and a time in, facts and findings out.
"""
