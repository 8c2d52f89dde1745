// A button [data-copy] beside a <pre>, or with data-copy-text: puts the text on the clipboard and says so.
import { register } from "./registry.js";
import { toast } from "./toast.js";

register("copy", (element) => {
  const button = element.matches("[data-copy]") ? element : element.querySelector("[data-copy]");
  button?.addEventListener("click", async () => {
    const text = button.dataset.copyText ?? element.querySelector("pre, code, input")?.textContent ?? "";
    try {
      await navigator.clipboard.writeText(text);
      toast({ level: "success", text: button.dataset.textCopied });
    } catch {
      // No clipboard on plain http: choose the text, so that Ctrl-C does it.
      const source = element.querySelector("pre, code");
      if (source) getSelection().selectAllChildren(source);
    }
  });
});
