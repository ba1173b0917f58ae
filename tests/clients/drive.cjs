// drive.cjs CHROMIUM PAGE BASE QUOTE: opens the page in Chromium, chooses the
// quote as a person does, and prints what the page's run(BASE) tells.

const { chromium } = require(require.resolve("playwright-core",
	{ paths: [process.cwd()] }));

async function main([executablePath, page, base, quote]) {
	const browser = await chromium.launch({
		executablePath,
		args: ["--no-proxy-server"],
	});
	try {
		const tab = await browser.newPage();

		await tab.goto(page);
		await tab.setInputFiles("input", quote);
		console.log(JSON.stringify(
			await tab.evaluate((to) => run(to), base)));
	} finally {
		await browser.close();
	}
}

main(process.argv.slice(2)).catch((error) => {
	console.error(error);
	process.exit(1);
});
