/** A use of a value of another resource or stack. */
export interface Uses {
  /** Logical ids of `Ref` and `Fn::GetAtt`, without pseudo parameters. */
  readonly resources: ReadonlySet<string>;
  /** Names of `Fn::ImportValue`. */
  readonly imports: ReadonlySet<string>;
  /** `stack output` of `Fn::GetStackOutput`. */
  readonly outputs: ReadonlySet<string>;
}

/** The same template is searched for each update of any stack. No test changes one. */
const known = new WeakMap<object, Uses>();

/** All references in a value of a template. */
export const usesOf = (value: unknown): Uses => {
  const isObject = typeof value === "object" && value !== null;
  const found = isObject ? known.get(value) : undefined;
  if (found !== undefined) return found;
  const uses = {
    resources: new Set<string>(),
    imports: new Set<string>(),
    outputs: new Set<string>(),
  };
  collect(value, uses);
  if (isObject) known.set(value, uses);
  return uses;
};

type Found = Record<keyof Uses, Set<string>>;

const collect = (value: unknown, found: Found): void => {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "Ref" && typeof inner === "string" && !inner.startsWith("AWS::")) {
      found.resources.add(inner);
    } else if (key === "Fn::GetAtt") {
      found.resources.add(String(Array.isArray(inner) ? inner[0] : inner).split(".")[0] ?? "");
    } else if (key === "Fn::ImportValue" && typeof inner === "string") {
      found.imports.add(inner);
    } else if (key === "Fn::GetStackOutput") {
      found.outputs.add(`${inner.StackName} ${inner.OutputName}`);
    } else {
      collect(inner, found);
    }
  }
};
