import type { Template } from "../templates.ts";

/** Something in which an emulator did not behave as this project expects of AWS. */
export interface Finding {
  readonly step: string;
  readonly text: string;
}

/** A known difference between an emulator and AWS. */
export interface Difference {
  /** Matches the finding: its step, a colon, and its text. */
  readonly symptom: RegExp;
  /** What is different, for the table. */
  readonly what: string;
  /** Why this is a fault or a gap of the emulator and not of this project. */
  readonly reason: string;
  /** Not every run has it. */
  readonly isIntermittent?: true;
  /** It only shows at an update. The templates are adapted before the first deployment. */
  readonly isAtUpdate?: true;
  /** Changes the templates so that the emulator can deploy the rest of them. */
  readonly adapt?: (template: Template) => void;
}

export const matches = ({ symptom }: Difference, { step, text }: Finding): boolean =>
  symptom.test(`${step}: ${text}`);

/** Separates findings into the known differences that explain them, and unknown findings. */
export const classify = (
  findings: readonly Finding[],
  known: readonly Difference[],
): { readonly seen: ReadonlySet<Difference>; readonly unknown: readonly Finding[] } => {
  const seen = new Set<Difference>();
  const unknown: Finding[] = [];
  for (const finding of findings) {
    const found = known.filter((one) => matches(one, finding));
    for (const one of found) seen.add(one);
    if (found.length === 0) unknown.push(finding);
  }
  return { seen, unknown };
};
