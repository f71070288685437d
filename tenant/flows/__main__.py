"""`python -m tenant.flows`: the program of `program.commands`."""

from tenant.flows.program.commands import main

if __name__ == "__main__":
    main(prog_name="certrelay flow")
