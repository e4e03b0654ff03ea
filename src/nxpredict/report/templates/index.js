(() => {
  const table = document.getElementById("patients");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const form = document.querySelector("form.tools");
  const status = form.querySelector("[role=status]");
  const key = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    return text === "" || isNaN(text) ? text : Number(text);
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const blank = (row) => key(row, column) === "";
      rows.sort((a, b) => blank(a) - blank(b) || (up ? 1 : -1) * compare(key(a, column), key(b, column)));
      body.append(...rows);
    });
  });
  const filter = () => {
    const text = form.elements.text.value.trim().toLowerCase();
    const kind = form.elements.kind.value;
    let shown = 0;
    for (const row of rows) {
      const fits = row.cells[1].textContent.toLowerCase().includes(text) && (!kind || row.dataset.kind.split(" ").includes(kind));
      row.hidden = !fits;
      shown += fits;
    }
    status.textContent = shown === rows.length ? "" : shown + " of " + rows.length + " shown";
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
})();
