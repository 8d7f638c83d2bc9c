/** What a step does. The names of stacks are exact: no other stack is deployed. */
export type Action =
  | { readonly kind: "settings"; readonly settings: SettingsChange }
  | { readonly kind: "deploy"; readonly stacks: readonly string[]; readonly context?: Context }
  | { readonly kind: "destroy"; readonly stacks: readonly string[]; readonly context: Context }
  | { readonly kind: "adopt"; readonly region: string }
  | { readonly kind: "fill"; readonly region: string }
  | { readonly kind: "drain"; readonly region: string };

/** Values of `context` in cdk.json to set; `undefined` removes one. */
export interface SettingsChange {
  readonly regions: readonly string[];
  readonly stateRegion: string;
  readonly closedRegions: readonly string[] | undefined;
}

/** Context values of one run of the CDK, which take precedence over cdk.json. */
export type Context = Readonly<
  Partial<Record<"regions" | "closedRegions" | "unprotectedRegions", readonly string[]>>
>;

/** A step of a change of regions. Every step can be repeated. */
export interface Step {
  readonly title: string;
  readonly action: Action;
  /** What the step means for devices, users and data. */
  readonly effect: string;
  /** How long it takes, approximately. */
  readonly duration: string;
  /** What cannot be taken back. */
  readonly irreversible?: string;
}

/** A change of the regions of a deployment: its steps in their order, and its cost. */
export interface Plan {
  readonly change: "add" | "remove" | "adopt";
  readonly region: string;
  /** What the person should check before the first step. */
  readonly note?: string;
  readonly steps: readonly Step[];
  readonly cost: string;
}
