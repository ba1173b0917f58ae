# Puts the settings, as `attestry-fcgi --help` prints them, in place of the
# line @SETTINGS@ of a manual page.
#
#	awk -f settings.awk HELP PAGE

function escape(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	return text
}

FNR == NR {
	if ($0 ~ /^  ATTESTRY_/) {
		name = $1
		value = ""
		if (i = index(name, "=")) {
			value = substr(name, i)
			name = substr(name, 1, i - 1)
		}
		settings = settings ".TP\n.B " name escape(value) "\n"
	} else if (settings != "" && $0 ~ /^      /) {
		settings = settings escape(substr($0, 7)) "\n"
	}
	next
}

$0 == "@SETTINGS@" {
	printf "%s", settings
	next
}

{ print }
