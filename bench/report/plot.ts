import type { ScaleResult } from "../scale/measure/scaleResult.ts";

const width = 830;
const height = 420;
const left = 70;
const top = 44;
const right = 320;
const bottom = 56;
const plotWidth = width - left - right;
const plotHeight = height - top - bottom;

/** Colours that people with colour blindness can tell apart (Okabe and Ito). */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Powers of ten from one that is at most `least` to one that is at least `most`. */
const decades = (least: number, most: number): number[] => {
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return Array.from({ length: Math.max(1, to - from) + 1 }, (_, i) => 10 ** (from + i));
};

const label = (value: number): string =>
  value >= 1 ? value.toLocaleString("en-US") : String(Number(value.toPrecision(1)));

/**
 * An SVG of the plotted series of a result: both axes are logarithmic, so that a unit whose time
 * does not grow is a flat line.
 */
export const plot = ({ of, series, points }: ScaleResult): string => {
  const lines = series.flatMap(({ name, unit, isPlotted }, i) => {
    if (!isPlotted) return [];
    const values = points.flatMap(({ number, values: all }) => {
      const value = all[i];
      return value !== undefined && value > 0 ? [{ number, value }] : [];
    });
    return values.length === 0 ? [] : [{ name: `${name} (${unit})`, values }];
  });
  const all = lines.flatMap(({ values }) => values);
  if (all.length === 0) throw new Error("nothing to plot");
  const xs = decades(...extent(all.map(({ number }) => number)));
  const ys = decades(...extent(all.map(({ value }) => value)));
  const x = scaleOf(xs, left, plotWidth);
  const y = scaleOf(ys, top + plotHeight, -plotHeight);
  const title = escapeXml(`By the number of ${of}`);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(left, 24, title, 'font-size="15" font-weight="600"'),
    ...xs.map((value) => gridX(x(value), label(value))),
    ...ys.map((value) => gridY(y(value), label(value))),
    ...lines.flatMap(({ name, values }, i) => {
      const colour = colours[i % colours.length] ?? "#000";
      const at = values.map(({ number, value }) => [x(number), y(value)] as const);
      const path = at.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" ");
      const rowY = top + 14 + i * 22;
      return [
        `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...at.map(
          ([px, py]) =>
            `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3.5" fill="${colour}"/>`,
        ),
        `<rect x="${width - right + 20}" y="${rowY - 9}" width="12" height="12" fill="${colour}"/>`,
        text(width - right + 38, rowY + 1, escapeXml(name)),
      ];
    }),
    text(left + plotWidth / 2, height - 12, escapeXml(of), 'text-anchor="middle"'),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
};

const extent = (values: readonly number[]): [number, number] => [
  Math.min(...values),
  Math.max(...values),
];

const scaleOf = (ticks: readonly number[], start: number, length: number) => {
  const [first, last] = extent(ticks).map(Math.log10);
  return (value: number): number =>
    start + ((Math.log10(value) - (first ?? 0)) / ((last ?? 1) - (first ?? 0))) * length;
};

const text = (x: number, y: number, content: string, more = ""): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="#222" ${more}>${content}</text>`;

const gridX = (x: number, content: string): string =>
  [
    `<line x1="${x.toFixed(1)}" y1="${top}" x2="${x.toFixed(1)}" y2="${top + plotHeight}" stroke="#ddd"/>`,
    text(x, top + plotHeight + 18, content, 'text-anchor="middle"'),
  ].join("");

const gridY = (y: number, content: string): string =>
  [
    `<line x1="${left}" y1="${y.toFixed(1)}" x2="${left + plotWidth}" y2="${y.toFixed(1)}" stroke="#ddd"/>`,
    text(left - 8, y + 4, content, 'text-anchor="end"'),
  ].join("");
