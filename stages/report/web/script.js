(function () {
	"use strict";
	var root = document.documentElement;
	root.classList.add("js");

	// save hands a text to the reader as a file; nothing leaves the page.
	function save(name, type, text) {
		var a = document.createElement("a");
		a.href = URL.createObjectURL(new Blob([text], { type: type }));
		a.download = name;
		document.body.appendChild(a);
		a.click();
		a.remove();
		setTimeout(function () { URL.revokeObjectURL(a.href); }, 10000);
	}

	function all(what, within) { return Array.prototype.slice.call((within || document).querySelectorAll(what)); }

	// key is what a cell sorts by: a number where it has one, nothing last.
	function key(row, i) {
		var td = row.cells[i], v = td.getAttribute("data-v");
		return v !== null ? Number(v) : (td.classList.contains("n") ? null : td.textContent);
	}

	function compare(a, b) {
		if (a === b) { return 0; }
		if (a === null || a === "") { return 1; }
		if (b === null || b === "") { return -1; }
		if (typeof a === "number" && typeof b === "number") { return a - b; }
		return String(a).localeCompare(String(b), "en", { numeric: true });
	}

	function sort(table, i, button) {
		var th = button.parentNode, falling = th.getAttribute("aria-sort") === "ascending";
		all("th", table.tHead).forEach(function (h) { h.removeAttribute("aria-sort"); });
		th.setAttribute("aria-sort", falling ? "descending" : "ascending");
		var body = table.tBodies[0];
		var rows = all("tr", body).map(function (r, at) { return { r: r, k: key(r, i), at: at }; });
		rows.sort(function (x, y) {
			var empty = function (k) { return k === null || k === ""; };
			var c = compare(x.k, y.k);
			if (falling && !empty(x.k) && !empty(y.k)) { c = -c; }
			return c || x.at - y.at;
		});
		rows.forEach(function (x) { body.appendChild(x.r); });
	}

	function csv(table) {
		return all("tr", table).map(function (r) {
			return Array.prototype.map.call(r.cells, function (c) {
				var t = c.getAttribute("data-v") || c.textContent;
				return /[",\n]/.test(t) ? '"' + t.replace(/"/g, '""') + '"' : t;
			}).join(",");
		}).join("\n") + "\n";
	}

	all("div.table").forEach(function (div) {
		var table = div.querySelector("table");
		all("th", table.tHead).forEach(function (th, i) {
			var b = document.createElement("button");
			b.type = "button";
			b.textContent = th.textContent;
			b.title = "Sort by this column";
			th.textContent = "";
			th.appendChild(b);
			b.addEventListener("click", function () { sort(table, i, b); });
		});
		div.querySelector("button.csv").addEventListener("click", function () {
			save(this.getAttribute("data-name") + ".csv", "text/csv", csv(table));
		});
	});

	all("button.svg").forEach(function (b) {
		b.addEventListener("click", function () {
			var svg = b.closest("figure").querySelector("svg").cloneNode(true);
			svg.style.color = "#000";
			svg.style.background = "#fff";
			all("use", svg).forEach(function (u) { // images that several figures share
				var image = document.querySelector(u.getAttribute("href")).cloneNode(true);
				image.removeAttribute("id");
				image.setAttribute("transform", u.getAttribute("transform"));
				u.replaceWith(image);
			});
			save(b.getAttribute("data-name") + ".svg", "image/svg+xml", new XMLSerializer().serializeToString(svg).replace(/var\(--\w+, ?(#\w+)\)/g, "$1"));
		});
	});
	all("button.save").forEach(function (b) {
		b.addEventListener("click", function () {
			save(b.getAttribute("data-name"), "application/json", document.getElementById(b.getAttribute("data-from")).textContent);
		});
	});
	all("button.copy").forEach(function (b) {
		b.addEventListener("click", function () {
			var from = document.getElementById(b.getAttribute("data-from")), range = document.createRange();
			range.selectNodeContents(from);
			var s = getSelection();
			s.removeAllRanges();
			s.addRange(range);
			b.textContent = document.execCommand("copy") ? "Copied" : "Selected: press Ctrl+C";
		});
	});

	// A click on a figure opens where it comes from.
	all("figure .drawing").forEach(function (d) {
		d.addEventListener("click", function () {
			var o = d.closest("figure").querySelector("details");
			if (o) { o.open = !o.open; }
		});
	});
	// A link into something folded opens it.
	function unfold() {
		var at = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
		for (var e = at; e; e = e.parentElement) { if (e.tagName === "DETAILS") { e.open = true; } }
		if (at) { at.scrollIntoView(); }
	}
	addEventListener("hashchange", unfold);
	if (location.hash) { unfold(); }

	var theme = document.getElementById("theme");
	if (theme) {
		theme.addEventListener("click", function () {
			var now = root.getAttribute("data-theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
			root.setAttribute("data-theme", now === "dark" ? "light" : "dark");
		});
	}
})();
