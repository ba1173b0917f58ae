/* What pages have beyond HTML: drag and drop, copying. Nothing needs it. */
"use strict";

/* Next to each value that may be copied, a button that does it. */
for (const value of document.querySelectorAll("[data-copy]")) {
	const button = document.createElement("button");
	button.type = "button";
	button.className = "copy";
	button.textContent = "Copy";
	button.setAttribute("aria-label", "Copy " + value.dataset.copy);
	button.addEventListener("click", async () => {
		try {
			await navigator.clipboard.writeText(value.textContent);
			button.textContent = "Copied";
		} catch {
			getSelection().selectAllChildren(value);
			button.textContent = "Selected: press Ctrl+C";
		}
	});
	value.after(" ", button);
}
