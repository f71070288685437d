"""The commands of `certrelay`, a module per family. What is slow to load is loaded inside them."""
