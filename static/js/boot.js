// Runs before the first paint, so that parts made for scripts do not jump in later.
document.documentElement.dataset.js = "";
