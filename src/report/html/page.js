// The filter: rows that have every word that is typed stay, of all lists at once. Without it the
// page is whole, so the box shows only where this runs.
(() => {
  const bar = document.getElementById("filter");
  if (!bar) return;
  const box = bar.querySelector("input");
  const told = bar.querySelector("output");
  const lists = Array.from(document.querySelectorAll("[data-rows]"), (list) => ({
    rows: Array.from(list.children),
    texts: null,
    count: list.parentElement.querySelector(".n"),
  }));
  const number = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
  const fold = (text) => text.normalize("NFC").toLowerCase();
  const filter = () => {
    const words = fold(box.value).split(/\s+/).filter(Boolean);
    let all = 0;
    let shown = 0;
    for (const list of lists) {
      list.texts ??= list.rows.map((row) => fold(row.textContent));
      let here = 0;
      list.rows.forEach((row, at) => {
        const stays = words.every((word) => list.texts[at].includes(word));
        if (row.hidden === stays) row.hidden = !stays;
        if (stays) here += 1;
      });
      all += list.rows.length;
      shown += here;
      const rows = number(list.rows.length);
      list.count.textContent = words.length ? `${number(here)} of ${rows}` : rows;
    }
    told.textContent = words.length ? `${number(shown)} of ${number(all)}` : "";
  };
  let waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 60);
  });
  bar.addEventListener("submit", (event) => event.preventDefault());
  bar.hidden = false;
  if (box.value) filter();
})();
