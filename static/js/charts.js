// Lines over time. The page brings a still drawing and the numbers as JSON; this puts uPlot in the drawing's place.
// Colours are the style sheet's, so they follow light and dark.
import { register } from "./registry.js";

const HEIGHT = 240;
let library;

/** Only pages with a chart load the library; should it not come, the still drawing stays. */
function load() {
  library ??= Promise.all([
    import("../vendor/uplot.js"),
    fetch(new URL("../vendor/uplot.css", import.meta.url)).then((answer) => answer.text()),
  ]).then(([module, css]) => {
    // In a layer below the pages' own sheets, so that those win without shouting.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`@layer components {${css}}`);
    document.adoptedStyleSheets.push(sheet);
    return module.default;
  });
  // What did not come once is asked for again by the next chart.
  library.catch(() => (library = undefined));
  return library;
}

/** The value of a custom property as a colour that a canvas understands. */
function colour(element, name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

// As the pages write them (dashboard/templatetags/timefmt.py): 12 345 with thin spaces, and 12.3k.
const SIZES = [[1e9, "B"], [1e6, "M"], [1e3, "k"]];
const isGroup = ({ type }) => type === "group";
const thin = (lang, value) =>
  new Intl.NumberFormat(lang).formatToParts(value).map((part) => (isGroup(part) ? "\u202f" : part.value)).join("");
function compact(lang, value) {
  const [size, sign] = SIZES.find(([least]) => Math.abs(value) >= least) ?? [1, ""];
  return thin(lang, Math.round((value / size) * 10) / 10) + sign;
}

function options(uPlot, place, data, width) {
  const lang = document.documentElement.lang || "en";
  const minutes = { hour: "2-digit", minute: "2-digit" };
  const date = { day: "numeric", month: "short", year: "numeric" };
  const time = new Intl.DateTimeFormat(lang, { ...date, ...minutes, timeZone: data.zone, timeZoneName: "short" });
  const clock = new Intl.DateTimeFormat(lang, { ...minutes, timeZone: data.zone });
  const seconds = new Intl.DateTimeFormat(lang, { ...minutes, second: "2-digit", timeZone: data.zone });
  const day = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", timeZone: data.zone });
  const ink = colour(place, "--muted");
  const line = colour(place, "--line");
  // A line's first minutes have ticks between the minutes: without seconds the same time would stand there thrice.
  const tickTime = (step) => (step < 60 ? seconds : step < 86400 ? clock : day);
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  return {
    width,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), data.zone),
    scales: { y: { range: (_plot, _low, high) => [0, (high || 1) * 1.08] } },
    axes: [
      {
        ...axis,
        values: (_plot, ticks, _axis, _space, step) => ticks.map((at) => tickTime(step).format(at * 1000)),
      },
      { ...axis, size: 56, values: (_plot, ticks) => ticks.map((tick) => (tick % 1 ? "" : compact(lang, tick))) },
    ],
    series: [
      { label: place.dataset.textTime, value: (_plot, at) => (at == null ? "–" : time.format(at * 1000)) },
      ...data.lines.map((each, index) => ({
        label: each.name,
        stroke: colour(place, `--chart-${(index % 5) + 1}`),
        width: index === 0 ? 2 : 1.5,
        points: { show: data.x.length < 30, size: 5 },
        spanGaps: false,
        value: (_plot, value) => (value == null ? "–" : thin(lang, value)),
      })),
    ],
    cursor: { y: false },
    legend: { live: true },
  };
}

register("chart", (figure) => {
  const source = document.getElementById(figure.dataset.source);
  const place = figure.querySelector("[data-chart-place]");
  const still = figure.querySelector("[data-chart-still]");
  if (!source || !place) return undefined;
  const data = JSON.parse(source.textContent);
  let plot;
  let uPlot;
  let gone = false;

  const draw = () => {
    if (!uPlot || gone) return;
    plot?.destroy();
    place.hidden = false;
    const width = Math.max(200, place.clientWidth);
    plot = new uPlot(options(uPlot, place, data, width), [data.x, ...data.lines.map((each) => each.y)], place);
    still.hidden = true;
    figure.dataset.drawn = "";
  };
  load().then(
    (found) => {
      uPlot = found;
      draw();
    },
    () => {}, // the still drawing stays
  );

  const resize = new ResizeObserver(() => {
    const width = Math.max(200, place.clientWidth);
    if (plot && width !== plot.width) plot.setSize({ width, height: HEIGHT });
  });
  resize.observe(place);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", draw);
  const theme = new MutationObserver(draw);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

  return () => {
    gone = true;
    resize.disconnect();
    theme.disconnect();
    scheme.removeEventListener("change", draw);
    plot?.destroy();
  };
});
