// On a narrow screen the current tab may lie beyond the edge: bring it into sight, without moving the page.
document.addEventListener("htmx:load", (event) => {
  for (const tab of event.detail.elt.querySelectorAll(".tabs > [aria-current]")) {
    const row = tab.parentElement;
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.clientWidth) / 2;
  }
});
