"""
Hostile bodies of uploads: forms, hex, JSON. A row is a name, the bytes, and
the statuses that may come of it; `quote` is a good one, so that 200 says that
it was found in the body, whole and unchanged.
"""

import base64

from hostile import (BOUNDARY, JSON, MARK, URLENCODED, Row, file_part, form,
                     form_type, hex_part, part, send, send_form)

# The largest quote.
QUOTE_LEN_MAX = 20480
FORM_DATA = b'form-data; name="file"; filename="q.bin"'


def boundaries(quote):
    """The Content-Type of a form, and the lines between its parts."""
    good = form(file_part(quote))

    def of_type(content_type):
        return send(good, content_type)

    def other(boundary, content_type=None):
        return send(form(file_part(quote), boundary=boundary),
                    content_type or form_type(boundary))
    b = BOUNDARY
    multi = b"multipart/form-data"
    return [
        ("no boundary", of_type(multi), 400),
        ("no boundary behind a semicolon", of_type(multi + b"; "), 400),
        ("an empty boundary", of_type(form_type(b"")), 400),
        ("an empty boundary in quotes", of_type(form_type(b'""')), 400),
        ("the boundary twice", of_type(form_type(b) + b"; boundary=" + b),
         400),
        ("two boundaries", of_type(form_type(b) + b"; boundary=x"), 400),
        ("two boundaries, the right one second",
         of_type(form_type(b"x") + b"; boundary=" + b), 400),
        ("a boundary of 1", other(b"x"), 200),
        ("a boundary of 70", other(b"x" * 60 + MARK), 200),
        ("a boundary of 71", other(b"x" * 61 + MARK), 400),
        ("a boundary of 900", other(b"x" * 900), 400),
        ("a boundary of 5000", other(b"x" * 5000), 400),
        ("a boundary in quotes", other(b, form_type(b'"' + b + b'"')), 200),
        ("a boundary with a space", other(
            b"a b", form_type(b'"a b"')), 200),
        ("a boundary with a space at its end", other(
            b"ab ", form_type(b'"ab "')), 400),
        ("a boundary of punctuation", other(
            b"'()+_,-./:=?", form_type(b"\"'()+_,-./:=?\"")), 200),
        ("a boundary with an escaped quote", other(
            b'a"b', form_type(b'"a\\"b"')), 200),
        ("quotes that do not end", of_type(form_type(b'"' + b)), 400),
        ("a boundary of another case", of_type(form_type(b.swapcase())), 400),
        ("BOUNDARY=", of_type(multi + b"; BOUNDARY=" + b), 200),
        ("a type of another case", of_type(form_type(b).replace(
            multi, b"Multipart/Form-DATA")), 200),
        ("spaces around =", of_type(multi + b"; boundary = " + b),
         400),
        ("boundary*", of_type(multi + b"; boundary*=utf-8''" + b), 200),
        ("boundary*0, boundary*1", of_type(
            multi + b"; boundary*0=" + b[:4] + b"; boundary*1=" + b[4:]),
         200),
        ("boundary* beside boundary", of_type(
            form_type(b) + b"; boundary*=utf-8''x"), 400),
        ("a comment in the type", of_type(b"multipart/form-data (" + MARK +
                                          b"); boundary=" + b), 400),
        ("a charset of the form", of_type(form_type(b) + b"; charset=utf-7"),
         200),
        ("bytes as a boundary", of_type(form_type(b"\xff\xfe")), 400),
        ("a tab before the parameter", of_type(
            multi + b";\tboundary=" + b), 200),
        ("multipart/mixed", of_type(b"multipart/mixed; boundary=" + b), 415),
        ("multipart/form-datax", of_type(b"multipart/form-datax; boundary=" +
                                         b), 415),
        ("multipart/form-data,", of_type(b"multipart/form-data, " +
                                         form_type(b)), 415),
        ("two types in a list", of_type(form_type(b) + b", text/plain"), 400),
        ("no final boundary", send_form(good[:-len(b) - 6]), 400),
        ("half a final boundary", send_form(good[:-4]), 400),
        ("a final boundary of one dash", send_form(good[:-3] + b"\r\n"), 400),
        ("a final boundary without a line end", send_form(good[:-2]), 200),
        ("no body", send_form(b""), 400),
        ("a line end", send_form(b"\r\n"), 400),
        ("a final boundary alone", send_form(b"--" + b + b"--\r\n"), 400),
        ("an opening boundary alone", send_form(b"--" + b + b"\r\n"), 400),
        ("only boundaries", send_form((b"--" + b + b"\r\n") * 2500), 400),
        ("a preamble", send_form(MARK + b"\r\n" + good), 200),
        ("a preamble without a line end", send_form(MARK + good), 400),
        ("a preamble of 9 KB", send_form(b"x" * 9000 + b"\r\n" + good), 400),
        ("an epilogue", send_form(good + MARK), 200),
        ("an epilogue of 9 KB", send_form(good + b"x" * 9000), 400),
        ("a part behind the end", send_form(good + form(file_part(MARK))),
         200),
        ("the part behind the end", send_form(form() + good), 400),
        ("lines of LF", send_form(good.replace(b"\r\n", b"\n")), 400),
        ("headers of LF", send_form(good.replace(
            b"q.bin\"\r\n\r\n", b"q.bin\"\n\n", 1)), 400),
        ("an LF before a boundary", send_form(
            form(file_part(quote)).replace(quote + b"\r\n", quote + b"\n")),
         400),
        ("lines of CR", send_form(form(hex_part(quote.hex().encode()))
                                  .replace(b"\r\n", b"\r")), 400),
        ("an LF behind a boundary", send_form(good.replace(
            b + b"\r\n", b + b"\n", 1)), 200),
        ("spaces behind a boundary", send_form(good.replace(
            b + b"\r\n", b + b"  \t\r\n", 1)), 200),
        ("letters behind a boundary", send_form(good.replace(
            b + b"\r\n", b + b"x\r\n", 1)), 400),
        ("a space before a boundary", send_form(good.replace(
            b"--" + b + b"\r\n", b" --" + b + b"\r\n", 1)), 400),
        ("one dash", send_form(good.replace(b"--" + b, b"-" + b)), 400),
        ("JSON as a form", send_form(b'{"hex":"' + MARK + b'"}'), 400),
    ]


def parts(quote):
    """What stands in the parts."""
    def named(disposition, data=quote):
        return send_form(form(part(disposition, data)))

    def with_header(header):
        return send_form(form(file_part(quote, header + b"\r\n")))
    nested = (b"Content-Type: multipart/mixed; boundary=in\r\n")
    digits = quote.hex().encode()
    rows = [
        (f"encoded as {name.decode()}", with_header(
            b"Content-Transfer-Encoding: " + name), status)
        for name, status in [
            (b"base64", 400), (b"quoted-printable", 400), (b"x-uuencode", 400),
            (b"binary", 200), (b"8BIT", 200), (b"7bit", 200), (b"gzip", 400),
            (MARK, 400), (b"", 400), (b"binary, base64", 400)]]
    rows += [
        (f"a part with {what}", with_header(header), status)
        for what, header, status in [
            ("an encoding twice", b"Content-Transfer-Encoding: binary\r\n"
             b"Content-Transfer-Encoding: base64", 400),
            ("a type", b"Content-Type: application/octet-stream", 200),
            ("a charset", b"Content-Type: text/plain; charset=utf-16", 200),
            ("a broken type", b"Content-Type: " + MARK, 400),
            ("a length that lies", b"Content-Length: 3", 200),
            ("an encoding of content", b"Content-Encoding: gzip", 200),
            ("a header of 7 KB", b"X: " + b"y" * 7000, 200),
            ("a header of 50 KB", b"X: " + b"y" * 40000, 400),
            ("5000 headers", b"\r\n".join([b"X: y"] * 5000), 400),
            ("a folded header", b"X: y\r\n z", 200),
            ("a header without a colon", MARK, 400),
            ("a header with a NUL", b"X: a\0b", 200),
            ("a header with a CR", b"X: a\rY: b", 200),
            ("a header without a name", b": x", 400),
            ("a disposition twice",
             b'Content-Disposition: form-data; name="hex"', 400),
            ("a nested form's type", nested.strip(), 400),
            ("a message's type", b"Content-Type: message/rfc822", 400),
            ("a partial message's type",
             b"Content-Type: message/partial", 200),
        ]]
    rows += [
        (f"filename: {what}", named(b'form-data; name="file"; ' + text),
         status)
        for what, text, status in [
            ("a path", b'filename="../../etc/passwd"', 200),
            ("a path of Windows", b'filename="C:\\\\' + MARK + b'"', 200),
            ("a NUL", b'filename="a\0b"', 200),
            ("an escaped quote", b'filename="a\\"b"', 200),
            ("an encoded CRLF", b'filename="a%0D%0Ab"', 200),
            ("a CR", b'filename="a\rb"', 200),
            ("a CRLF", b'filename="a\r\nX-Injected: b"', 200),
            ("UTF-8", 'filename="ü.bin"'.encode(), 200),
            ("no UTF-8", b'filename="\xff\xfe"', 200),
            ("of 4000", b'filename="' + b"q" * 4000 + b'"', 200),
            ("empty", b'filename=""', 200),
            ("none", b'', 200),
            ("two", b'filename="a"; filename="b"', 200),
            ("filename*", b"filename*=utf-8''%e2%82%ac", 200),
            ("filename* beside it", b"filename=\"a\"; filename*=utf-8''b",
             200),
            ("filename* of no charset", b"filename*=%ff", 200),
            ("for a shell", b'filename=";rm -rf $(' + MARK + b')"', 200),
            ("for a page", b'filename="<script>"', 200),
            ("quotes that do not end", b'filename="a', 200),
            ("no quotes", b"filename=a b", 200)]]
    rows += [
        (f"name: {what}", named(text), status)
        for what, text, status in [
            ("with a NUL", b'form-data; name="file\0"', 400),
            ("of another case", b'form-data; name="FILE"', 400),
            ("empty", b'form-data; name=""', 400),
            ("none", b'form-data; filename="file"', 400),
            ("with a space", b'form-data; name=" file"', 400),
            ("a list", b'form-data; name="file[]"', 400),
            ("the marker", b'form-data; name="' + MARK + b'"', 400),
            ("twice", b'form-data; name="file"; name="file"', 400),
            ("two", b'form-data; name="x"; name="file"', 400),
            ("in two spellings",
             b"form-data; name=\"x\"; name*=utf-8''file", 400),
            ("without quotes", b"form-data; name=file", 200),
            ("in parts", b'form-data; name*0="fi"; name*1="le"', 200),
            ("as an encoded word", b'form-data; name="=?utf-8?q?file?="', 200),
            ("of 7000", b'form-data; name="' + b"f" * 7000 + b'"', 400),
            ("of an attachment", b'attachment; name="file"', 400),
            ("of FORM-DATA", b'FORM-DATA; NAME="file"', 200),
            ("of no disposition", b'; name="file"', 400)]]
    rows += [(what, send_form(form(*of)), status) for what, of, status in [
        ("no parts", [], 400),
        ("a part of nothing", [b""], 400),
        ("a part without headers", [b"\r\n" + quote], 400),
        ("a part without an empty line", [FORM_DATA], 400),
        ("an empty file", [file_part(b"")], 422),
        ("an empty file beside hex", [file_part(b""), hex_part(digits)], 200),
        ("empty hex beside a file", [file_part(quote), hex_part(b"")], 200),
        ("empty hex", [hex_part(b"")], 400),
        ("both empty", [file_part(b""), hex_part(b"")], 400),
        ("two files", [file_part(quote), file_part(quote)], 400),
        ("two hex", [hex_part(digits), hex_part(digits)], 400),
        ("file and hex", [file_part(quote), hex_part(digits)], 400),
        ("hex with a filename", [part(
            b'form-data; name="hex"; filename="h"', digits)], 200),
        ("hex in the part file", [file_part(digits)], 422),
        ("16 parts", [part(b'form-data; name="x"', b"")] * 15 +
         [file_part(quote)], 200),
        ("17 parts", [part(b'form-data; name="x"', b"")] * 16 +
         [file_part(quote)], 400),
        ("700 parts", [part(b'form-data; name="x"', b"")] * 700, 400),
        ("40 KB beside it", [part(b'form-data; name="x"', bytes(40000)),
                             file_part(quote)], 200),
        ("_charset_", [part(b'form-data; name="_charset_"', b"utf-7"),
                       file_part(quote)], 200),
        ("MAX_FILE_SIZE", [part(b'form-data; name="MAX_FILE_SIZE"', b"-1"),
                           file_part(quote)], 200),
        ("not a quote", [file_part(MARK * 5)], 422),
        ("one byte", [file_part(b"\x04")], 422),
        ("one byte less than the quote", [file_part(quote[:-1])], 422),
        ("20481 bytes", [file_part(quote.ljust(QUOTE_LEN_MAX + 1, b"\0"))],
         413),
        ("a nested form", [
            b"Content-Disposition: form-data; name=\"x\"\r\n" + nested +
            b"\r\n--in\r\n" + file_part(quote) + b"\r\n--in--"], 400),
    ]]
    return rows + [("20480 bytes", send_form(form(file_part(
        quote.ljust(QUOTE_LEN_MAX, b"\0")))), 200)]


def hexes(quote):
    """(what, text, status in JSON, status in a form) of hex in its ways."""
    digits = quote.hex()
    middle = len(digits) // 2

    def inside(text):
        return digits[:middle] + text + digits[middle:]
    mixed = "".join(c.upper() if i % 3 else c for i, c in enumerate(digits))
    return [
        ("lower case", digits, 200, 200),
        ("upper case", digits.upper(), 200, 200),
        ("mixed case", mixed, 200, 200),
        ("0x", "0x" + digits, 200, 200),
        ("0X", "0X" + digits.upper(), 200, 200),
        ("0x0x", "0x0x" + digits, 400, 400),
        ("0x alone", "0x", 422, 422),
        ("x", "x" + digits, 400, 400),
        ("\\x", "\\x" + digits, 400, 400),
        ("#", "#" + digits, 400, 400),
        ("h behind it", digits + "h", 400, 400),
        ("a sign", "-" + digits, 400, 400),
        ("white space around", " \t\r\n\v\f" + digits + "\n\n ", 200, 200),
        ("white space before 0x", " 0x" + digits, 200, 200),
        ("white space behind 0x", "0x " + digits, 400, 400),
        ("a space inside", inside(" "), 400, 400),
        ("a line end inside", inside("\n"), 400, 400),
        ("lines of 64", "\n".join(digits[i:i + 64] for i in
                                  range(0, len(digits), 64)), 400, 400),
        ("colons", ":".join(digits[i:i + 2] for i in
                            range(0, len(digits), 2)), 400, 400),
        ("an odd number", digits[:-1], 400, 400),
        ("one digit", "4", 400, 400),
        ("0x and one digit", "0x4", 400, 400),
        ("nothing", "", 422, 400),
        ("white space", " \n", 422, 422),
        ("the marker", MARK.decode(), 400, 400),
        ("the marker behind it", digits + MARK.decode(), 400, 400),
        ("a letter g", inside("g0"), 400, 400),
        ("full-width digits", inside("４２"), 400, 400),
        ("Arabic digits", inside("٤٢"), 400, 400),
        ("a byte order mark", "\ufeff" + digits, 400, 400),
        ("a no-break space", "\u00a0" + digits, 400, 400),
        ("a line separator", digits + "\u2028", 400, 400),
        ("a NUL inside", inside("\0\0"), 400, 400),
        ("a NUL behind it", digits + "\0", 400, 400),
        ("a NUL and more behind it", digits + "\0" + MARK.decode(), 400, 400),
        ("base64", base64.b64encode(quote).decode(), 400, 400),
        ("percents", "".join("%" + digits[i:i + 2] for i in
                             range(0, 2000, 2)), 400, 400),
        ("20481 bytes", quote.ljust(QUOTE_LEN_MAX + 1, b"\0").hex(), 413, 413),
        ("one digit less than the quote", digits[:-2], 422, 422),
        ("a path", "file:///etc/passwd", 400, 400),
        ("quotes", '"' + digits + '"', 400, 400),
    ]


def json_text(text):
    """As JSON, escaped only where it must be."""
    out = ""
    for c in text:
        out += f"\\u{ord(c):04x}" if c < " " else \
            "\\" + c if c in '"\\' else c
    return b'{"hex":"' + out.encode() + b'"}'


def escape(text):
    return b"".join(b"%%%02x" % c if not bytes([c]).isalnum() else bytes([c])
                    for c in text.encode())


def hex_forms(quote):
    rows = []
    for what, text, in_json, in_form in hexes(quote):
        rows += [
            (f"hex in JSON: {what}", send(json_text(text), JSON), in_json),
            (f"hex urlencoded: {what}",
             # three times as long as it is
             send(b"hex=" + escape(text), URLENCODED), in_form),
            (f"hex in a form: {what}",
             send_form(form(hex_part(text.encode()))), in_form)]
    return rows


def jsons(quote):
    """JSON that is odd around its hex."""
    digits = b'"' + quote.hex().encode() + b'"'
    good = b'{"hex":' + digits + b"}"

    def beside(member, status):
        return b'{"x":' + member + b',"hex":' + digits + b"}", status
    bodies = [
        ("hex twice", b'{"hex":' + digits + b',"hex":' + digits + b"}", 400),
        ("another member twice", b'{"x":1,"x":2,"hex":' + digits + b"}", 400),
        ("hex in escapes", b'{"\\u0068ex":' + digits + b"}", 400),
        ("hex in two spellings", b'{"hex":' + digits + b',"\\u0068ex":""}',
         400),
        ("HEX", b'{"HEX":' + digits + b"}", 400),
        ("hex and a NUL", b'{"hex\\u0000":' + digits + b"}", 400),
        ("hex further down", b'{"x":{"hex":' + digits + b"}}", 400),
        ("__proto__", b'{"__proto__":{"x":1},"hex":' + digits + b"}", 200),
        *[(f"hex is {value.decode()[:9]}", b'{"hex":' + value + b"}", 400)
          for value in (b"1", b"-0", b"1e99", b"null", b"true", b"[]", b"{}",
                        b"[" + digits + b"]", b'{"hex":"00"}', b"04",
                        b"0x04", b"NaN", b"Infinity", b"undefined", b"")],
        *[(f"it is {value.decode()[:9]}", value, 400)
          for value in (b"[]", b"1", b"null", b"true", b'"' + MARK + b'"',
                        b"{}", b"[" + good + b"]", digits, b"", b" \n", b"{",
                        b'{"hex', b'{"hex":', b'{"hex":"', b"hex=00",
                        b"\0", b"<hex/>", b"hex: 00")],
        ("two documents", good + b"\n" + good, 400),
        ("something behind it", good + MARK, 400),
        ("a comma behind it", good[:-1] + b",}", 400),
        ("a NUL behind it", good + b"\0", 400),
        ("white space around it", b" \r\n\t" + good + b"\n\n", 200),
        ("a form feed before it", b"\f" + good, 400),
        ("a comment", b"/* " + MARK + b" */" + good, 400),
        ("a comment of a line", b"// " + MARK + b"\n" + good, 400),
        ("single quotes", good.replace(b'"', b"'"), 400),
        ("no quotes", b"{hex:" + digits + b"}", 400),
        ("cut short", good[:-10], 400),
        ("a byte order mark", b"\xef\xbb\xbf" + good, 400),
        ("UTF-16", good.decode().encode("utf-16"), 400),
        ("UTF-32", good.decode().encode("utf-32-le"), 400),
        ("UTF-7", b"+AHsAIg-hex+ACI-:" + digits + b"}", 400),
        ("CBOR", b"\xa1chex" + quote, 400),
        ("arrays 20000 deep", b"[" * 20000, 400),
        ("arrays 20000 deep beside it", *beside(b"[" * 9000 + b"]" * 9000,
                                                400)),
        ("objects 3000 deep", b'{"x":' * 3000 + b"1" + b"}" * 3000, 400),
        ("6000 members", b'{"hex":"",' + b",".join(
            b'"%d":0' % n for n in range(6000)) + b"}", 400),
        ("6000 members alike", b"{" + b'"a":0,' * 6000 + b'"hex":""}', 400),
        ("a name of 40 KB", b'{"' + b"x" * 30000 + b'":1,"hex":' + digits +
         b"}", 200),
    ]
    bodies += [(f"beside it {what}", *beside(member, status))
               for what, member, status in [
        ("a number of 400 digits", b"9" * 400, 200),
        ("a number of 1e999", b"1e999", 200),
        ("a number of 30000 digits", b"1" * 30000, 200),
        ("-0", b"-0", 200), ("01", b"01", 400), ("1.", b"1.", 400),
        (".5", b".5", 400), ("+1", b"+1", 400), ("0x10", b"0x10", 400),
        ("NaN", b"NaN", 400), ("-Infinity", b"-Infinity", 400),
        ("True", b"True", 400), ("nothing", b"", 400),
        ("a string of 30 KB", b'"' + b"x" * 30000 + b'"', 200),
        ("no UTF-8", b'"\xff"', 400), ("overlong UTF-8", b'"\xc0\xaf"', 400),
        ("a surrogate in UTF-8", b'"\xed\xa0\x80"', 400),
        ("UTF-8 over the end", b'"\xf4\x90\x80\x80"', 400),
        ("half a surrogate", b'"\\ud800"', 400),
        ("surrogates turned", b'"\\udc00\\ud800"', 400),
        ("a NUL in escapes", b'"\\u0000"', 200),
        ("a NUL", b'"\0"', 400), ("a line end in a string", b'"\n"', 400),
        ("an unknown escape", b'"\\x41"', 400),
        ("half an escape", b'"\\u00"', 400)]]
    rows = [(f"JSON: {name}", send(body, JSON), status)
            for name, body, status in bodies]
    return rows + [
        (f"JSON as {kind.decode() or 'nothing'}", send(good, kind), status)
        for kind, status in [
            (b"application/json; charset=utf-8", 200),
            (b"application/json; charset=utf-16", 200),
            (b"application/json;", 200), (b"Application/JSON", 200),
            (b"application/json ; x=" + MARK, 200),
            (b"application/jsonx", 415), (b"application/json, text/html", 415),
            (b"text/json", 415), (b"text/plain", 415), (b"", 415),
            (b"application/problem+json", 415), (b"json", 415),
            (b"application/", 415), (b"*/*", 415), (MARK * 300, 415),
            (b"application/json\tx", 200),
            (b"\"application/json\"", 415), (b"application\\json", 415),
            (b"multipart/form-data; boundary=" + MARK, 400),
            (URLENCODED, 400)]] + [
        ("JSON as nothing at all", send(good), 415),
        ("nothing as nothing at all", send(b""), 400)]


def urlencoded(quote):
    digits = quote.hex().encode()
    hex_is = b"hex=" + digits
    return [
        (f"urlencoded: {name}", send(body, URLENCODED), status)
        for name, body, status in [
            ("nothing", b"", 400), ("an equals sign", b"=", 400),
            ("ampersands", b"&&&&", 400), ("no equals sign", digits, 400),
            ("hex alone", b"hex", 400), ("hex=", b"hex=", 400),
            ("hex twice", hex_is + b"&" + hex_is, 400),
            ("hex twice, one empty", hex_is + b"&hex=", 400),
            ("empty hex twice", b"hex=&hex=", 400),
            ("HEX=", b"HEX=" + digits, 400),
            ("hex[]=", b"hex[]=" + digits, 400),
            ("hex%00=", b"hex%00=" + digits, 400),
            ("a name in escapes", b"h%65%78=" + digits, 200),
            ("two names that are one", hex_is + b"&h%65x=00", 400),
            ("digits in escapes", b"hex=" + b"".join(
                b"%%%02X" % c for c in digits), 200),
            ("a plus around", b"hex=+" + digits + b"+", 200),
            ("a plus inside", b"hex=" + digits[:8] + b"+" + digits[8:], 400),
            ("a percent", b"hex=%", 400), ("%zz", b"hex=%zz", 400),
            ("%0", b"hex=%0", 400), ("%u0030", b"hex=%u0030", 400),
            ("% in another field", hex_is + b"&x=%", 400),
            ("% in another name", hex_is + b"&%=1", 400),
            ("escapes twice", b"hex=%2530%2534", 400),
            ("a semicolon", hex_is + b";x=1", 400),
            ("two equals signs", b"hex==" + digits, 400),
            ("a file", b"file=" + digits, 400),
            ("a file beside it", b"file=" + MARK + b"&" + hex_is, 200),
            ("10000 fields", b"x=1&" * 10000 + b"hex=00", 422),
            ("20000 ampersands", b"&" * 20000 + hex_is, 200),
            ("bytes", quote, 400), ("no UTF-8", b"hex=%ff%fe", 400),
            ("a quote as bytes", b"hex=" + quote, 400),
            ("a line end behind it", hex_is + b"\r\n", 200),
            ("the marker", b"hex=" + MARK + b"&x=" + MARK, 400),
            ("a form", form(file_part(quote)), 400)]] + [
        ("urlencoded: a charset", send(
            hex_is, URLENCODED + b"; charset=utf-16"), 200),
        ("urlencoded: another case", send(hex_is, URLENCODED.upper()), 200)]


def rows(quote):
    """All of them."""
    table = (boundaries(quote) + parts(quote) + hex_forms(quote) +
             jsons(quote) + urlencoded(quote))
    return [Row(*row, padding=bytes(QUOTE_LEN_MAX - len(quote))
                if row[0] == "20480 bytes" else b"") for row in table]
