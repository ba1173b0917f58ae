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

/* A file that is dropped is the file that was chosen. */
for (const form of document.querySelectorAll("[data-drop]")) {
	const input = form.querySelector("input[type=file]");
	const over = (is) => form.classList.toggle("over", is);

	form.querySelector("[data-js]").hidden = false;
	form.addEventListener("dragover", (event) => {
		event.preventDefault();
		over(true);
	});
	form.addEventListener("dragleave", () => over(false));
	form.addEventListener("drop", (event) => {
		event.preventDefault();
		over(false);
		if (event.dataTransfer.files.length > 0) {
			input.files = event.dataTransfer.files;
			input.focus();
		}
	});
}
