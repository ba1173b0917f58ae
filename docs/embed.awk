# Writes src/openapi.c: docs/openapi.json as a C string, without the tabs that
# its lines begin with (no text in it has a line of its own).
BEGIN {
	print "/* Made from docs/openapi.json by docs/embed.awk. */"
	print "#include \"openapi.h\""
	print ""
	print "const char openapi_text[] ="
}
{
	sub(/^\t+/, "")
	gsub(/\\/, "&&")
	gsub(/"/, "\\\\&")
	print "    \"" $0 "\\n\""
}
END {
	print "    ;"
}
