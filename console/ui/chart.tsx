import { useEffect, useRef, useState } from "preact/hooks";
import type UPlot from "uplot";
import { day, timeOfDay } from "./format.ts";

/** One line of a chart. */
export interface Line {
  readonly name: string;
  readonly values: readonly number[];
  readonly color: "--good" | "--bad" | "--accent";
}

interface Props {
  /** What the chart shows, for screen readers. */
  readonly label: string;
  /** In seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
}

const height = 200;

/** A chart over time. Its code is loaded when the first one is shown. */
export const Chart = ({ label, times, lines }: Props) => {
  const place = useRef<HTMLDivElement>(null);
  const [plot, setPlot] = useState<{ readonly make: typeof UPlot }>();
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    import("uplot").then(
      ({ default: make }) => setPlot({ make }),
      // The table beside it has the same numbers. The library fails where the browser has a
      // language that is none, such as en-US@posix.
      () => setMissing(true),
    );
  }, []);
  const key = JSON.stringify([times, lines]);
  useEffect(() => {
    const element = place.current;
    if (element === null || plot === undefined) return undefined;
    const { make } = plot;
    const shown = new make(
      optionsOf(element, lines),
      [[...times], ...lines.map(({ values }) => [...values])],
      element,
    );
    const observer = new ResizeObserver(() =>
      shown.setSize({ width: element.clientWidth, height }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      shown.destroy();
    };
  }, [plot, key]);
  if (isMissing) return null;
  return <div ref={place} class="chart" role="img" aria-label={label} />;
};

/** The time of day, and the day at midnight. */
const tick = (seconds: number): string => {
  const at = new Date(seconds * 1_000);
  return at.getHours() === 0 && at.getMinutes() === 0 ? day(at.getTime()) : timeOfDay(at.getTime());
};

const optionsOf = (element: HTMLElement, lines: readonly Line[]): UPlot.Options => {
  // A canvas needs the color itself: light or dark.
  const colorOf = (name: string): string => {
    element.style.setProperty("color", `var(${name})`);
    return getComputedStyle(element).color;
  };
  const axis = {
    stroke: colorOf("--muted"),
    grid: { stroke: colorOf("--line"), width: 1 },
    ticks: { stroke: colorOf("--line"), width: 1 },
  };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [{ ...axis, values: (_, times) => times.map(tick) }, axis],
    series: [
      {},
      ...lines.map(({ name, color }) => ({
        label: name,
        stroke: colorOf(color),
        width: 2,
        points: { show: false },
      })),
    ],
  };
};
