/** How a device of the fleet fails, as devices in the field do. */
export const faults = {
  "bad-image": "every download is damaged in its slot",
  "power-cut": "loses its power while it writes the image",
  "no-connect": "boots the new image, which cannot connect",
  "no-work": "connects with the new image, and then publishes nothing and answers no call",
  sleeps: "sleeps for a day before the release",
  twice: "receives each offer twice",
  lies: "reports the new version and its success, and installs nothing",
  silent: "never answers an offer",
} as const;

export type Fault = keyof typeof faults;

export const faultNames = Object.keys(faults).filter((name): name is Fault =>
  Object.hasOwn(faults, name),
);

/** Faults with which a device ends with the new image, and works. */
const harmless: ReadonlySet<Fault> = new Set(["power-cut", "sleeps", "twice"]);

/** Whether a device with this fault must end with the new image. */
export const isHarmless = (fault: Fault | undefined): boolean =>
  fault === undefined || harmless.has(fault);

/** A generator of random numbers from 0 to 1 with a seed (mulberry32). */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/**
 * Assigns faults to a share of the devices, at random positions, each fault about equally often. At
 * least one device fails if the share is above 0.
 */
export const assignFaults = (
  devices: number,
  percent: number,
  { kinds = faultNames, seed }: { readonly kinds?: readonly Fault[]; readonly seed: number },
): (Fault | undefined)[] => {
  const random = seededRandom(seed);
  const bad = percent === 0 ? 0 : Math.max(1, Math.round((devices * percent) / 100));
  const positions = Array.from({ length: devices }, (_, i) => i);
  for (let i = 0; i < bad; i += 1) {
    const j = i + Math.floor(random() * (devices - i));
    const [one, other] = [positions[i] ?? i, positions[j] ?? j];
    positions[i] = other;
    positions[j] = one;
  }
  const assigned: (Fault | undefined)[] = Array.from({ length: devices });
  for (const [n, position] of positions.slice(0, bad).entries()) {
    assigned[position] = kinds[n % kinds.length];
  }
  return assigned;
};
