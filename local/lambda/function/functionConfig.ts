/** What is known of a function from its template. */
export interface FunctionConfig {
  readonly name: string;
  /** What the log calls it: the name of its file in the deployment's source, such as `route`. */
  readonly shortName: string;
  readonly arn: string;
  readonly region: string;
  /** Where its unpacked code lies. */
  readonly folder: string;
  readonly handler: string;
  readonly runtime: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Its reserved concurrency. Without one it shares what the machine has. */
  readonly reserved: number | undefined;
  /** The variables of the template. */
  readonly variables: Readonly<Record<string, string>>;
}
