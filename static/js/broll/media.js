// The library's dialog: one for all rows. What is chosen there goes into the row's own list, which works without it.

export class MediaPicker {
  constructor(root) {
    this.dialog = root.querySelector("[data-broll-media]");
    this.cards = [...this.dialog.querySelectorAll("[data-broll-media-id]")];
    this.find = this.dialog.querySelector("[data-broll-find]");
    this.types = [...this.dialog.querySelectorAll("[data-broll-type]")];
    this.type = "";
    this.dialog.addEventListener("click", (event) => this.#click(event));
    this.dialog.addEventListener("close", () => {
      if (!this.select.value) this.onLeave?.();
    });
    this.#askForPictures();
    // Enter in the search must not send the project's form.
    this.find?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.cards.find((card) => !card.parentElement.hidden && !card.disabled)?.focus();
    });
    this.find?.addEventListener("input", (event) => {
      event.stopPropagation();
      this.#filter();
    });
  }

  /** `onLeave` is called when the dialog is left without a choice. */
  open(row, onLeave) {
    this.onLeave = onLeave;
    this.select = row.querySelector('select[name$="-media"]');
    for (const card of this.cards) {
      card.setAttribute("aria-pressed", String(Boolean(card.dataset.brollMediaId) && card.dataset.brollMediaId === this.select.value));
    }
    this.dialog.showModal();
    (this.cards.find((card) => card.getAttribute("aria-pressed") === "true") ?? this.find)?.focus();
  }

  /** A provider's host learns that somebody looks only when the person asked for it. */
  #askForPictures() {
    const ask = this.dialog.querySelector("[data-broll-ask]");
    const hidden = [...this.dialog.querySelectorAll("[data-src]")];
    if (!ask || !hidden.length) return;
    ask.hidden = false;
    ask.querySelector("[data-broll-show]").addEventListener("click", () => {
      for (const place of hidden) {
        const isVideo = place.closest("[data-type]").dataset.type === "VIDEO";
        const art = document.createElement(isVideo ? "video" : "img");
        if (isVideo) Object.assign(art, { preload: "metadata", muted: true, src: `${place.dataset.src}#t=0.1` });
        else Object.assign(art, { alt: "", src: place.dataset.src });
        place.firstElementChild.replaceWith(art);
      }
      ask.hidden = true;
      this.find.focus();
    });
  }

  #click(event) {
    const card = event.target.closest("[data-broll-media-id]");
    const type = event.target.closest("[data-broll-type]");
    if (type) {
      this.type = type.dataset.brollType;
      for (const each of this.types) each.setAttribute("aria-pressed", String(each === type));
      this.#filter();
    } else if (card && !card.disabled) {
      this.select.value = card.dataset.brollMediaId;
      this.select.dispatchEvent(new Event("input", { bubbles: true }));
      this.select.dispatchEvent(new Event("change", { bubbles: true }));
      this.dialog.close();
    }
  }

  #filter() {
    const words = this.find.value.trim().toLowerCase();
    let found = 0;
    for (const card of this.cards) {
      const item = card.parentElement;
      const name = card.querySelector(".truncate").textContent.toLowerCase();
      item.hidden = !name.includes(words) || (Boolean(this.type) && item.dataset.type !== this.type);
      found += !item.hidden;
    }
    this.dialog.querySelector("[data-broll-none]").hidden = found > 0;
  }

  /** The small picture beside a row's list. */
  draw(row) {
    const place = row.querySelector("[data-broll-thumb]");
    const id = row.querySelector('select[name$="-media"]').value;
    if (place.dataset.shows === id) return;
    place.empty ??= place.firstElementChild;
    const art = this.cards.find((card) => id && card.dataset.brollMediaId === id)?.querySelector("[data-broll-art]");
    place.dataset.shows = id;
    place.replaceChildren(...(art ? [art.firstElementChild.cloneNode(true)] : [place.empty]));
  }
}
