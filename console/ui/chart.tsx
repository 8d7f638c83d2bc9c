import { useEffect, useRef, useState } from "preact/hooks";
import type UPlot from "uplot";

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
  useEffect(() => {
    import("uplot").then(
      ({ default: make }) => setPlot({ make }),
      // The table beside it has the same numbers.
      () => {},
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
  return <div ref={place} class="chart" role="img" aria-label={label} />;
};

const optionsOf = (element: HTMLElement, lines: readonly Line[]): UPlot.Options => {
  const style = getComputedStyle(element);
  const colorOf = (name: string): string => style.getPropertyValue(name);
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
    axes: [axis, axis],
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
