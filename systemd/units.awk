# Makes a unit of its .in file: where the programs are, and the lines that all
# services share.
#
#	awk -v sbindir=DIR -v bindir=DIR -f units.awk hardening.conf UNIT.in

FNR == NR {
	hardening = hardening $0 "\n"
	next
}

$0 == "@HARDENING@" {
	printf "%s", hardening
	next
}

{
	sub(/@sbindir@/, sbindir)
	sub(/@bindir@/, bindir)
	print
}
