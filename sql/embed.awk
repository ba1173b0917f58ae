# Writes src/migrations.c: each SQL file as a C string, in the order given.
BEGIN {
	print "/* Made from sql/ by sql/embed.awk. */"
	print "#include \"migrate.h\""
	print ""
	print "const struct migration migrations[] = {"
}
FNR == 1 {
	if (NR > 1)
		print "\t},"
	name = FILENAME
	sub(/.*\//, "", name)
	print "\t{ \"" name "\","
}
{
	gsub(/\\/, "&&")
	gsub(/"/, "\\\\&")
	print "\t    \"" $0 "\\n\""
}
END {
	print "\t},"
	print "\t{ NULL, NULL }"
	print "};"
}
