import type { RegionMetrics, RegionReading } from "#shared/operations/regionMetrics.ts";

/** Metrics in memory. A test sets `readings`; a region without one does not answer. */
export const memoryRegionMetrics = () => {
  const readings = new Map<string, RegionReading>();
  const metrics: RegionMetrics = {
    async read(region) {
      const reading = readings.get(region);
      if (reading === undefined) throw new Error(`the metrics of ${region} do not answer`);
      return reading;
    },
  };
  return { ...metrics, readings };
};
