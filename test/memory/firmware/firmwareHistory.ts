import type {
  FirmwareChange,
  FirmwareHistory,
  RanFirmware,
} from "#shared/firmware/firmwareHistory.ts";

/** The firmware history in memory. */
export const memoryFirmwareHistory = (): FirmwareHistory => {
  const changes = new Map<string, FirmwareChange>();
  const ran = new Map<string, RanFirmware>();
  const extend = ({ at, ...own }: FirmwareChange): void => {
    const key = `${own.product}#${own.version} ${own.device}#${own.region}`;
    const known = ran.get(key);
    const isLatest = known === undefined || known.last < at;
    ran.set(key, {
      ...(isLatest ? { ...known, ...own } : known),
      first: Math.min(known?.first ?? at, at),
      last: Math.max(known?.last ?? at, at),
    });
  };
  return {
    async record(change, former) {
      changes.set(`${change.device} ${change.at}#${change.region}`, change);
      extend(change);
      if (former?.version === undefined) return;
      const { product, version, image } = former;
      const { device, region, at } = change;
      extend({ device, region, at, product, version, ...(image !== undefined && { image }) });
    },
    changesOf: async (device) =>
      [...changes.values()]
        .filter((one) => one.device === device)
        .toSorted((one, other) => other.at - one.at || (one.region < other.region ? 1 : -1)),
    async ran({ product, version }, { limit, after = "" }) {
      const sorted = [...ran.values()]
        .filter((one) => one.product === product && one.version === version)
        .map((row) => ({ row, key: `${row.device}#${row.region}` }))
        .filter(({ key }) => key > after)
        .toSorted((one, other) => (one.key < other.key ? -1 : 1));
      const page = sorted.slice(0, limit);
      const next = sorted.length > limit ? page.at(-1)?.key : undefined;
      return { rows: page.map(({ row }) => row), ...(next !== undefined && { next }) };
    },
  };
};
