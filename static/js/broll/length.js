// How long the video is: told by the page, or read from the file that was chosen in the same form.

/** `on(seconds)` with NaN when it is not known; returns the clean-up. */
export function watchLength(root, on) {
  const form = root.closest("form");
  const told = Number(root.dataset.length || NaN);
  const hidden = form?.elements.namedItem("video_seconds");
  if (!Number.isNaN(told)) {
    on(told);
    return () => {};
  }
  on(Number(hidden?.value || NaN));
  const tell = (seconds) => {
    if (hidden) hidden.value = Number.isNaN(seconds) ? "" : String(Math.round(seconds * 1000) / 1000);
    on(seconds);
  };
  let address = "";
  const free = () => {
    if (address) URL.revokeObjectURL(address);
    address = "";
  };
  const probe = (file) => {
    free();
    if (!file?.size) return tell(NaN);
    address = URL.createObjectURL(file);
    const video = document.createElement("video");
    const mine = address;
    const done = () => {
      if (mine !== address) return;
      tell(Number.isFinite(video.duration) ? video.duration : NaN);
      video.removeAttribute("src");
      free();
    };
    video.preload = "metadata";
    video.muted = true;
    video.addEventListener("loadedmetadata", done, { once: true });
    // A file that this browser cannot play: Submagic may know it all the same.
    video.addEventListener("error", done, { once: true });
    video.src = address;
  };
  const onChange = ({ target }) => {
    if (target.type === "file") probe(target.files[0]);
    else if (target.name === "source") {
      probe(target.value === "upload" ? form.querySelector('input[type="file"]')?.files[0] : null);
    }
  };
  form?.addEventListener("change", onChange);
  return () => {
    free();
    form?.removeEventListener("change", onChange);
  };
}
