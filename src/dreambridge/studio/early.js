// Runs before the first paint, so that a chosen theme does not flash; the module that follows keeps it up to date.
"use strict";
try {
  const kept = JSON.parse(localStorage.getItem("dreambridge.look") || "{}");
  if (kept.theme === "light" || kept.theme === "dark") document.documentElement.dataset.theme = kept.theme;
  document.documentElement.lang = kept.language || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
} catch {
  // A browser that keeps nothing shows the page in its own theme.
}
