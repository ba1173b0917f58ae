/*
 * Drives Chromium over the pages for tests/test_browser.py, which gives one
 * argument, JSON: base (the service's address), chromium (the program),
 * screenshots (a folder), quotes ({name: file}), undecided (a checksum).
 * Prints one line of JSON a case: ok, name, note.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/* The packages are in the working directory, this file is not. */
const require = createRequire(process.cwd() + "/");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const { base, chromium: executablePath, screenshots, quotes, undecided } =
	JSON.parse(process.argv[2]);
const bytes = (name) => readFileSync(quotes[name]);
const checksum = (name) =>
	createHash("sha256").update(bytes(name)).digest("hex");
const report = (name) => `/reports/${checksum(name)}`;

const wide = { width: 1100, height: 900 };
const narrow = { width: 320, height: 640 };

function tell(ok, name, note = "") {
	console.log(JSON.stringify({ ok, name, note: String(note) }));
}

function same(got, want, name) {
	const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
	tell(a === b, name, a === b ? "" : `got ${a}, want ${b}`);
}

const browser = await chromium.launch({
	executablePath, args: ["--no-sandbox"] });

/* A window of its own, in which nothing may go wrong. */
async function open(name, options, visit, mayFail = false) {
	const context = await browser.newContext({
		baseURL: base, viewport: wide, ...options });
	const page = await context.newPage();
	const wrong = [], elsewhere = [];

	page.setDefaultTimeout(20000);
	page.on("console", (message) => {
		if (message.type() !== "log" &&
		    !(mayFail && message.text().includes("status of 4")))
			wrong.push(message.text());
	});
	page.on("pageerror", (error) => wrong.push(error.message));
	context.on("request", (request) => {
		if (!request.url().startsWith(base + "/"))
			elsewhere.push(request.url());
	});
	try {
		await visit(page, context);
	} catch (error) {
		tell(false, `${name}: ${error.message.split("\n")[0]}`,
		    error.stack);
	}
	same(wrong, [], `${name}: nothing in the console`);
	same(elsewhere, [], `${name}: nothing from elsewhere`);
	await context.close();
}

async function shoot(page, name) {
	await page.screenshot({ path: `${screenshots}/${name}.png`,
		fullPage: true });
}

/* A page that anybody can use, as far as a program sees that. */
async function accessible(page, name) {
	await page.evaluate(axe);
	const { violations, passes } = await page.evaluate(() =>
		axe.run(document, { resultTypes: ["violations", "passes"] }));
	same(violations.map((v) => [v.id, v.nodes.map((n) => n.html)]), [],
	    `${name}: axe finds nothing`);
	tell(passes.some((p) => p.id === "color-contrast"),
	    `${name}: contrast was looked at`);
}

async function fits(page, name) {
	const [inside, window] = await page.evaluate(() =>
		[document.documentElement.scrollWidth, innerWidth]);
	tell(inside <= window, `${name}: no scrolling sideways`,
	    `${inside} in ${window}`);
}

const heading = (page) => page.locator("h1").innerText();
const results = (page) => page.locator("#checks ~ table").first()
	.locator("tbody tr").evaluateAll((rows) => rows.map((row) =>
		[row.cells[0].innerText, row.cells[1].innerText]));

async function failed(page, check, name) {
	const rows = await results(page);
	same(rows.filter(([, word]) => word.includes("failed"))
		.map(([which]) => which), [check], `${name}: fails ${check}`);
}

async function upload(page, file) {
	await page.goto("/");
	await page.setInputFiles("#file", file);
	await page.click("text=Verify and keep the file");
}

/* --- every way in ------------------------------------------------------- */

await open("a file", {}, async (page) => {
	await page.goto("/");
	await shoot(page, "home-empty");
	await accessible(page, "home, empty");
	await upload(page, quotes["tdx-v4"]);
	same(new URL(page.url()).pathname, report("tdx-v4"),
	    "a file: to its report");
	same(await heading(page), "Verified", "a file: verified");
	await shoot(page, "verified");
	await accessible(page, "verified");
});

await open("pasted hex", {}, async (page) => {
	await page.goto("/");
	await page.fill("#hex",
	    "0x" + bytes("tdx-v4-outdated").toString("hex") + "\n");
	await page.click("text=Verify and keep the hex");
	same(new URL(page.url()).pathname, report("tdx-v4-outdated"),
	    "hex: to its report");
	same(await heading(page), "Not verified", "hex: out of date");
	await failed(page, "Policy", "out of date");
	tell((await page.innerText("main")).includes("needs 8"),
	    "out of date: what is short");
	await shoot(page, "outdated");
	await accessible(page, "out of date");
});

await open("a dropped file", {}, async (page) => {
	await page.goto("/");
	tell(await page.isVisible("text=Or drop it here"),
	    "drop: it is offered");
	const data = await page.evaluateHandle((hex) => {
		const data = new DataTransfer();
		const octets = new Uint8Array(hex.match(/../g)
			.map((two) => parseInt(two, 16)));
		data.items.add(new File([octets], "dropped.bin"));
		return data;
	}, bytes("sgx-v3-forged").toString("hex"));
	await page.dispatchEvent("[data-drop]", "dragover",
	    { dataTransfer: data });
	tell(await page.evaluate(() => document
		.querySelector("[data-drop]").classList.contains("over")),
	    "drop: it is shown where");
	await page.dispatchEvent("[data-drop]", "drop",
	    { dataTransfer: data });
	same(await page.evaluate(() => [...document
		.querySelector("#file").files].map((f) => f.name)),
	    ["dropped.bin"], "drop: the file is chosen");
	await page.click("text=Verify and keep the file");
	same(new URL(page.url()).pathname, report("sgx-v3-forged"),
	    "drop: to its report");
	await failed(page, "Quote signature", "forged");
	await shoot(page, "forged");
	await accessible(page, "forged");
});

await open("a debug quote", {}, async (page) => {
	await upload(page, quotes["tdx-v4-debug"]);
	await failed(page, "Debug", "debug");
	await shoot(page, "debug");
	await accessible(page, "debug");
});

await open("what is wrong", {}, async (page) => {
	await page.goto("/");
	await page.fill("#hex", "00ff");
	await page.click("text=Verify and keep the hex");
	same(await heading(page), "That is not a quote", "no quote: said so");
	await shoot(page, "no-quote");
	await accessible(page, "no quote");
	await page.goto("/reports/" + "0".repeat(64));
	same(await heading(page), "There is no such report", "none: said so");
	await shoot(page, "none");
	await accessible(page, "none");
}, true);

await open("not judged", {}, async (page) => {
	await page.goto(`/reports/${undecided}`);
	same(await heading(page), "Not judged yet", "not judged: said so");
	await shoot(page, "undecided");
	await accessible(page, "not judged");
});

/* --- what a report can do ----------------------------------------------- */

await open("copying", { permissions: ["clipboard-read", "clipboard-write"] },
    async (page) => {
	await page.goto(report("tdx-v4"));
	const button = page.getByRole("button",
	    { name: "Copy mrtd", exact: true });
	await button.click();
	const value = await page.evaluate(() =>
		navigator.clipboard.readText());
	same(value, await page.innerText("[data-copy=mrtd]"),
	    "copy: the value is on the clipboard");
	same(await button.innerText(), "Copied", "copy: and that is said");
});

await open("an expected value", {}, async (page) => {
	await page.goto(report("tdx-v4"));
	const value = await page.innerText("[data-copy=rtmr1]");
	for (const [text, says] of [[value, "It is equal to rtmr1."],
		["00".repeat(32), "None of the values"],
		["xyz", "cannot be compared"]]) {
		await page.fill("#expect", text);
		await page.press("#expect", "Enter");
		await page.waitForURL((url) =>
			url.searchParams.get("expect") === text);
		tell((await page.innerText("[role=status]")).includes(says),
		    `expected: ${says}`);
		tell(await page.evaluate(() => {
			const { top } = document.querySelector("#expect")
				.getBoundingClientRect();
			return top >= 0 && top < innerHeight;
		}), `expected: ${says} It is in sight`);
	}
	await page.fill("#expect", value);
	await page.press("#expect", "Enter");
	await shoot(page, "expected");
	await accessible(page, "expected");
});

await open("two quotes", {}, async (page) => {
	await page.goto(report("tdx-v4"));
	await page.fill("#b", checksum("tdx-v4-debug"));
	await page.click("text=Compare the two");
	same(new URL(page.url()).pathname,
	    `/compare/${checksum("tdx-v4")}/${checksum("tdx-v4-debug")}`,
	    "compare: there by a form");
	same(await page.locator("tr", { hasText: "tdattributes" })
		.locator("td").first().innerText(), "different",
	    "compare: in words");
	await shoot(page, "compare");
	await accessible(page, "compare");
});

await open("the history", {}, async (page) => {
	await upload(page, quotes["tdx-v4"]);
	const rows = page.locator("#history ~ table").first()
		.locator("tbody tr");
	same(await rows.evaluateAll((all) =>
		all.map((row) => row.cells[0].innerText)), ["2", "1"],
	    "history: both verdicts, newest first");
	await page.goto("/");
	await page.click(`a[href="${report("tdx-v4")}"]`);
	same(await heading(page), "Verified", "recent ones lead to a report");
});

/* --- schemes, sizes, paper ---------------------------------------------- */

const paths = {
	home: "/",
	docs: "/docs",
	verified: report("tdx-v4"),
	forged: report("sgx-v3-forged"),
	outdated: report("tdx-v4-outdated"),
	compare: `/compare/${checksum("tdx-v4")}/${checksum("tdx-v4-debug")}`,
};

for (const colorScheme of ["light", "dark"])
	await open(colorScheme, { colorScheme }, async (page) => {
		const backs = new Set();
		for (const [name, path] of Object.entries(paths)) {
			await page.goto(path);
			backs.add(await page.evaluate(() => getComputedStyle(
				document.body).backgroundColor));
			await shoot(page, `${name}-${colorScheme}`);
			await accessible(page, `${name}, ${colorScheme}`);
		}
		const [back] = backs;
		const bright = Number(back.match(/\d+/)[0]) > 128;
		tell(backs.size === 1 && bright === (colorScheme === "light"),
		    `${colorScheme}: the paper is`, back);
	});

await open("a phone", { viewport: narrow, hasTouch: true, isMobile: true },
    async (page) => {
	for (const [name, path] of Object.entries(paths)) {
		await page.goto(path);
		for (const details of await page.locator("summary").all())
			await details.click();
		await fits(page, `${name}, 320 px`);
		await shoot(page, `${name}-320`);
		await accessible(page, `${name}, 320 px`);
	}
});

await open("paper", { colorScheme: "dark" }, async (page) => {
	await page.emulateMedia({ media: "print" });
	await page.goto(report("tdx-v4-outdated"));
	tell(!await page.isVisible("nav") && !await page.isVisible(".copy") &&
	    await page.isVisible("h1"), "paper: no buttons on it");
	tell(await page.isVisible("text=root CA CRL"),
	    "paper: what is folded is on it");
	same(await page.evaluate(() => getComputedStyle(document
		.querySelector(".verdict")).backgroundColor),
	    "rgb(255, 255, 255)", "paper: white, also in a dark scheme");
	await shoot(page, "outdated-print");
});

/* --- without a script, without a mouse ---------------------------------- */

await open("no JavaScript", { javaScriptEnabled: false }, async (page) => {
	await upload(page, quotes["tdx-v4"]);
	same(await heading(page), "Verified", "no JavaScript: a file");
	same(await page.locator(".copy").count(), 0,
	    "no JavaScript: nothing that would need it");
	await page.fill("#expect", await page.innerText("[data-copy=mrtd]"));
	await page.click("form >> text=Compare >> nth=0");
	tell((await page.innerText("[role=status]"))
		.includes("It is equal to mrtd."), "no JavaScript: expected");
	await page.fill("#b", checksum("tdx-v4-debug"));
	await page.click("text=Compare the two");
	same(await heading(page), "Two quotes, field by field",
	    "no JavaScript: compare");
	await page.goto("/");
	tell(!await page.isVisible("text=Or drop it here"),
	    "no JavaScript: dropping is not offered");
	await page.fill("#hex", bytes("sgx-v3-forged").toString("hex"));
	await page.click("text=Verify and keep the hex");
	same(await heading(page), "Not verified", "no JavaScript: hex");
});

const focused = (page) => page.evaluate(() => {
	const { outlineStyle, outlineWidth } =
		getComputedStyle(document.activeElement);
	return { text: document.activeElement.textContent.trim() ||
		document.activeElement.id,
		shown: outlineStyle !== "none" && outlineWidth !== "0px" };
});

/* Tab until that is reached; all on the way must show that they are. */
async function tab(page, text, name) {
	let at, shown = true;
	for (let i = 0; i < 80; i++) {
		await page.keyboard.press("Tab");
		at = await focused(page);
		shown &&= at.shown;
		if (at.text === text)
			break;
	}
	same(at.text, text, `keyboard: ${name}`);
	tell(shown, `keyboard: ${name}: the focus is seen on the way`);
}

await open("keyboard", {}, async (page) => {
	await page.goto("/");
	await page.keyboard.press("Tab");
	same((await focused(page)).text, "Skip to content",
	    "keyboard: first past the navigation");
	await page.keyboard.press("Enter");
	same(await page.evaluate(() => document.activeElement.id), "main",
	    "keyboard: to the content");
	await tab(page, "hex", "to the field");
	await page.keyboard.insertText(bytes("tdx-v4").toString("hex"));
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	await page.waitForURL(/reports/);
	same(await heading(page), "Verified", "keyboard: a report");
	await tab(page, "Copy", "to a button");
	await tab(page,
	    "All certificates, revocation lists and documents, with their dates",
	    "to the dates");
	await page.keyboard.press("Enter");
	tell(await page.isVisible("text=root CA CRL"),
	    "keyboard: the dates open");
	await tab(page, "expect", "to the expected value");
	await page.keyboard.insertText("00");
	await page.keyboard.press("Enter");
	await page.waitForURL(/expect=00/);
	tell((await page.innerText("[role=status]")).includes("None"),
	    "keyboard: compared");
});

await browser.close();
