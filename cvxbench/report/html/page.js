const find = (selector, root = document) => root.querySelector(selector);
const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];
const specs = JSON.parse(find("#specs").textContent);
const drawn = new Map(); // the element of a panel → its chart
const known = new Map(); // the name of a figure → the promise of its rows
const LISTED = 1000; // rows of a figure in a table

function element(tag, content = "", attributes = {}) {
  const made = document.createElement(tag);
  made.append(...[content].flat());
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// Data

async function unpacked(name) {
  const text = find(`[data-rows="${name}"]`).textContent;
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const { columns, values } = await new Response(stream).json();
  return (values[0] ?? []).map((_, row) => Object.fromEntries(columns.map((name, column) => [name, values[column][row]])));
}

function rowsOf(name) {
  if (!known.has(name)) known.set(name, unpacked(name));
  return known.get(name);
}

function address(row) {
  const lam = Number((row.lam ?? row.lambda).toPrecision(6)); // as many digits as every figure's rows have
  return `#problem/${encodeURIComponent(row.dataset)}/${encodeURIComponent(row.network)}/${lam}`;
}

async function problems() {
  const places = new Map();
  for (const row of await rowsOf("results")) if (!places.has(address(row))) places.set(address(row), places.size);
  return places;
}

// Tables

const UNITS = { ms: 1e-3, s: 1, min: 60, h: 3600 };

function sortKey(cell) {
  const text = cell.dataset.value ?? cell.textContent.trim();
  const number = text.match(/^[<≤>]?\s*(-?[\d.]+(?:e[+-]?\d+)?)(?:\s(ms|s|min|h)$)?/i);
  return number ? Number(number[1]) * (UNITS[number[2]] ?? 1) : text;
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === typeof b) return a.localeCompare(b);
  return typeof a === "number" ? -1 : 1;
}

function sort(table, column, header) {
  const down = header.getAttribute("aria-sort") === "ascending";
  for (const other of findAll("th", table)) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = [...table.tBodies[0].rows].map((row) => [sortKey(row.cells[column]), row]);
  rows.sort(([a], [b]) => (down ? compare(b, a) : compare(a, b)));
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

function filter(table, words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of table.tBodies[0].rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
  }
}

function enhance(table) {
  findAll("thead th", table).forEach((header, column) => {
    const button = element("button", header.textContent, { type: "button" });
    header.replaceChildren(button);
    button.addEventListener("click", () => sort(table, column, header));
  });
  if (table.tBodies[0].rows.length <= 8) return;
  const input = element("input", [], { type: "search", placeholder: "filter: words in a row", "aria-label": `filter ${table.caption?.textContent ?? "rows"}` });
  input.addEventListener("input", () => filter(table, input.value));
  table.before(input);
}

function number(value) {
  if (typeof value !== "number" || Number.isInteger(value)) return String(value ?? "–");
  const short = Number(value.toPrecision(4));
  return Math.abs(short) < 1e-3 ? short.toExponential() : String(short);
}

function tableOf(rows, columns, caption, link = () => null) {
  const side = (name) => (rows.some((row) => typeof row[name] === "number") ? "r" : "l");
  const title = (name) => (name === "lam" ? "lambda" : name.replaceAll("_", " "));
  const head = element("tr", columns.map((name) => element("th", title(name), { scope: "col", class: side(name) })));
  const body = rows.map((row) =>
    element("tr", columns.map((name) => {
      const href = link(row, name);
      const cell = element("td", href ? element("a", row[name], { href }) : number(row[name]), { class: side(name) });
      if (typeof row[name] === "number") cell.dataset.value = row[name];
      return cell;
    })),
  );
  const table = element("table", [element("caption", caption), element("thead", head), element("tbody", body)]);
  const sheet = element("div", table, { class: "sheet" });
  enhance(table);
  return sheet;
}

function csv(rows) {
  const quoted = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = rows.map((row) => Object.values(row).map((value) => quoted(String(value ?? ""))).join(","));
  return [Object.keys(rows[0]).join(","), ...lines].join("\n") + "\n";
}

async function listNumbers(figure) {
  const rows = await rowsOf(figure.dataset.source ?? figure.dataset.figure);
  const button = element("button", "save as CSV", { type: "button" });
  button.addEventListener("click", () => {
    const url = URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv" }));
    element("a", "", { href: url, download: `${figure.dataset.figure}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  });
  const more = rows.length > LISTED ? `the first ${LISTED} of ${rows.length} rows; the CSV has all` : `${rows.length} rows`;
  const table = tableOf(rows.slice(0, LISTED), Object.keys(rows[0] ?? {}), find("h3", figure).textContent);
  find(".numbers", figure).replaceChildren(element("p", [button, ` ${more}`]), table);
}

// Charts

function config() {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const text = { labelColor: colour("--soft"), titleColor: colour("--text"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500 };
  const font = getComputedStyle(document.body).fontFamily;
  return {
    background: null, font, view: { stroke: null },
    axis: { ...text, gridColor: colour("--line"), domainColor: colour("--soft"), tickColor: colour("--line") },
    legend: { ...text, labelColor: colour("--text"), labelFontSize: 13 },
  };
}

async function draw(panel) {
  const figure = panel.closest("figure");
  const { figure: name, source = name } = figure.dataset;
  const rows = (await rowsOf(source)).map((row) => (row.dataset ? { ...row, link: address(row) } : row));
  const spec = structuredClone(specs[figure.dataset.specs ?? name][panel.dataset.panel]);
  spec.datasets = { rows };
  spec.autosize = { type: "fit-x", contains: "padding" };
  spec.description = `${find("h3", figure).textContent}, ${panel.dataset.panel}. ${find("figcaption", figure).textContent}`;
  const options = { renderer: "canvas", ast: true, config: config(), actions: { export: true, source: false, compiled: false, editor: false }, loader: { target: "_self" }, downloadFileName: `${name}-${panel.dataset.panel}` };
  const chart = await vegaEmbed(panel, spec, options);
  drawn.get(panel)?.finalize();
  drawn.set(panel, chart);
  const chosen = find("fieldset input:checked", figure);
  if (chosen) await chart.view.signal("tol", Number(chosen.value)).runAsync();
}

async function drawAll(section, again = false) {
  for (const panel of findAll(".chart", section)) if (again || !drawn.has(panel)) await draw(panel);
  section.dataset.drawn = document.body.dataset.shown;
}

document.addEventListener("change", async ({ target }) => {
  if (!target.name?.startsWith("tol-")) return;
  for (const input of findAll(`input[value="${target.value}"]`)) input.checked = true;
  for (const [panel, chart] of drawn) {
    if (find("fieldset", panel.closest("figure"))) await chart.view.signal("tol", Number(target.value)).runAsync();
  }
});

document.addEventListener("toggle", ({ target }) => {
  if (target.matches("figure details[open]")) listNumbers(target.closest("figure"));
}, true);

// Views

let last = Promise.resolve(); // one thing is shown after the other, or a slow chart would land in the wrong view

function afterwards(work) {
  last = last.finally(work);
}

const CELL = ["method", "status", "objective", "relative_gap", "test_score", "seconds", "study_seconds", "default_objective", "detail"];
const RESULT = ["dataset", "network", "lam", "method", "status", "objective", "relative_gap", "lower_bound", "bound", "test_score", "test_metric", "seconds"];

async function listResults() {
  const rows = await rowsOf("results");
  const link = (row, name) => (name === "dataset" ? address(row) : null);
  find("#results").replaceChildren(tableOf(rows, RESULT, "All cells", link));
}

async function showProblem(hash) {
  const section = find("#view-problem");
  const places = await problems();
  const place = places.get(hash);
  if (place === undefined) return false;
  const rows = (await rowsOf("results")).filter((row) => address(row) === hash);
  const { dataset, network, lam, reference, reference_source, lower_bound, bound } = rows[0];
  find("h2", section).textContent = `${dataset}, ${network}, lambda ${number(lam)}`;
  find("#problem-facts").textContent = reference === null
    ? "No attempt is scored, so there is no reference."
    : `Reference ${reference} (${reference_source}); ${lower_bound === null ? "no lower bound" : `${bound} lower bound ${lower_bound}`}.`;
  find("#problem-cells").replaceChildren(tableOf(rows, CELL, "Methods"));
  const others = [...places.keys()];
  find("#previous").href = others[place - 1] ?? "#problems";
  find("#next").href = others[place + 1] ?? "#problems";
  const figure = find("figure", section);
  figure.dataset.source = `problem/${place}`;
  figure.dataset.specs = `problem/${network}`;
  find("details", figure).open = false;
  for (const panel of findAll(".chart", figure)) { drawn.get(panel)?.finalize(); drawn.delete(panel); }
  return true;
}

async function show() {
  const hash = location.hash || "#answer";
  const name = hash.slice(1).split("/")[0];
  let section = find(`[data-view="${CSS.escape(name)}"]`) ?? find("#view-answer");
  if (section.id === "view-problem" && !(await showProblem(hash))) section = find("#view-problems");
  if (section.id === "view-problems" && !find("#results").hasChildNodes()) await listResults();
  const moved = section.hidden;
  for (const view of findAll("[data-view]")) view.hidden = view !== section;
  for (const link of findAll("nav a")) link.toggleAttribute("aria-current", link.hash === `#${section.dataset.view}`);
  document.body.dataset.shown = hash;
  if (moved || section.id === "view-problem") { scrollTo(0, 0); find("h1, h2", section).focus({ preventScroll: true }); }
  await drawAll(section);
}

find("#theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  document.documentElement.dataset.theme = dark === "dark" ? "light" : "dark";
  const shown = find("[data-view]:not([hidden])");
  for (const panel of drawn.keys()) if (!shown.contains(panel)) { drawn.get(panel).finalize(); drawn.delete(panel); panel.replaceChildren(); }
  afterwards(() => drawAll(shown, true));
});

findAll("table[data-enhance]").forEach(enhance);
addEventListener("hashchange", () => afterwards(show));
afterwards(show);
