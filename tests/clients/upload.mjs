// A client in JavaScript: upload.mjs BASE QUOTE. Prints what came of each way
// to ask as a line of JSON.

import { readFile } from "node:fs/promises";

const [base, path] = process.argv.slice(2);
const quote = await readFile(path);
const hex = quote.toString("hex");

async function tell(name, response) {
	const type = response.headers.get("content-type");
	const body = Buffer.from(await response.arrayBuffer());

	console.log(JSON.stringify({
		name,
		status: response.status,
		etag: response.headers.get("etag"),
		answer: type === "application/json" ? JSON.parse(body) :
			body.toString("hex") || null,
	}));
}

function post(body, headers) {
	return fetch(`${base}/verify`, { method: "POST", body, headers });
}

function form(name, ...value) {
	const data = new FormData();

	data.append(name, ...value);
	return data;
}

await tell("file", await post(form("file", new Blob([quote]), "quote.bin")));
await tell("file", await post(form("file", new Blob([quote]))));
await tell("form hex", await post(form("hex", hex)));
await tell("json", await post(JSON.stringify({ hex }),
	{ "Content-Type": "application/json" }));
await tell("json", await post(JSON.stringify({ hex: `0x${hex}` }), {
	"accept": "application/json",
	"content-type": "application/json; charset=utf-8",
	"X-API-Key": "phak_none",
}));
await tell("urlencoded", await post(new URLSearchParams({ hex })));
await tell("bad", await post(JSON.stringify({ hex: "00" }),
	{ "Content-Type": "application/json" }));

const recent = await (await fetch(`${base}/recent?limit=1`)).json();
const { checksum } = recent[0];
await tell("view", await fetch(`${base}/view/${checksum}`));
await tell("raw", await fetch(`${base}/raw/${checksum}`));
await tell("unchanged", await fetch(`${base}/raw/${checksum}`,
	{ headers: { "If-None-Match": `"${checksum}"` } }));
