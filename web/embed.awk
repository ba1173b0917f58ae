# Writes src/assets.c: each file as a C string under a path that has its hash.
# Its first input is what sha256sum says of the files that follow.
BEGIN {
	print "/* Made from web/ by web/embed.awk. */"
	print "#include <stddef.h>"
	print ""
	print "#include \"asset.h\""
	print ""
	print "const struct asset assets[] = {"
}
NR == FNR {
	hash[$2] = substr($1, 1, 12)
	next
}
FNR == 1 {
	if (is_open)
		print "\t},"
	is_open = 1
	name = FILENAME
	sub(/.*\//, "", name)
	dot = index(name, ".")
	print "\t{ \"" name "\","
	print "\t    \"/assets/" substr(name, 1, dot - 1) "-" hash[FILENAME] \
	    substr(name, dot) "\","
}
{
	gsub(/\\/, "&&")
	gsub(/"/, "\\\\&")
	print "\t    \"" $0 "\\n\""
}
END {
	print "\t},"
	print "\t{ NULL, NULL, NULL }"
	print "};"
}
