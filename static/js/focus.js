// Where the focus goes when what had it is replaced. (htmx gives each event its own target as `elt`; who asked is in the
// request's configuration.)

// 'More' is replaced by what it brought: on to the first of that.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, shouldSwap, target } = event.detail;
  const { elt } = requestConfig;
  if (!shouldSwap || !elt.matches("[data-more]") || "silent" in elt.dataset) return;
  const before = target.previousElementSibling;
  const list = target.parentElement;
  const settled = () => {
    const first = before ? before.nextElementSibling : list.firstElementChild;
    const wanted = first?.querySelector('a[href]:not([tabindex="-1"])') ?? first;
    if (wanted === first) first?.setAttribute("tabindex", "-1");
    wanted?.focus({ preventScroll: true });
  };
  list.addEventListener("htmx:afterSettle", settled, { once: true });
});

let kept = "";

// A filter leads to the same page with other rows: the person stays at the filters.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { boosted, requestConfig } = event.detail;
  const { elt } = requestConfig;
  const isFilter = boosted && elt instanceof HTMLFormElement && elt.method === "get" && elt.closest("main");
  const active = document.activeElement;
  kept = isFilter ? (elt.contains(active) ? active.name : elt.dataset.changed) ?? "" : "";
});

/** The field of a filter form that shall have the focus on the new page, once. */
export function keptField() {
  const field = kept ? document.querySelector(`main form[method="get"] [name="${CSS.escape(kept)}"]`) : null;
  kept = "";
  return field;
}
