// The one live region. What is said in the same moment (a new page's name, and the news on it) is said together.

const TOGETHER_MS = 100;
let said = [];

const ended = (text) => (/[.!?…]$/.test(text) ? text : `${text}.`);

export function announce(text) {
  const announcer = document.getElementById("announcer");
  if (!announcer || !text) return;
  if (!said.length) {
    // Emptied first, so that the same sentence is heard again.
    announcer.textContent = "";
    setTimeout(() => {
      announcer.textContent = said.length > 1 ? said.map(ended).join(" ") : said[0];
      said = [];
    }, TOGETHER_MS);
  }
  said.push(text);
}
