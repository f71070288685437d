"""`python -m tenant.inventory`: the program of `program.commands`."""

from tenant.inventory.program.commands import main

if __name__ == "__main__":
    main(prog_name="certrelay tenant")
