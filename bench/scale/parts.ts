/** What `scale` measures more and more of, and how many of each. */
export const scaleNumbers = {
  devices: [1_000, 10_000, 50_000],
  integrations: [1, 100, 1_000, 10_000],
  queued: [1_000, 10_000, 100_000],
  "dead-letters": [1_000, 10_000, 100_000, 1_000_000],
  usage: [100, 1_000, 10_000, 100_000],
} as const;

export type ScalePart = keyof typeof scaleNumbers;

const isPart = (name: string): name is ScalePart => Object.hasOwn(scaleNumbers, name);

export const scaleParts: readonly ScalePart[] = Object.keys(scaleNumbers).filter(isPart);

/** The numbers of a part that are at most `largest`: at least the smallest one. */
export const numbersUpTo = (part: ScalePart, largest: number): number[] => {
  const all = scaleNumbers[part];
  return all.filter((number, i) => i === 0 || number <= largest);
};
