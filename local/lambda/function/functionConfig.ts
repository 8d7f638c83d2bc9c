/** The configuration of a function in its template. */
export interface FunctionConfig {
  readonly name: string;
  /** The name in the log: the function's file name in the source, such as `route`. */
  readonly shortName: string;
  readonly arn: string;
  /** The ARN of its role. */
  readonly role: string | undefined;
  /** The ARN of its log group, if the template names one. */
  readonly logGroup: string | undefined;
  readonly region: string;
  /** The folder of the unpacked code. */
  readonly folder: string;
  readonly handler: string;
  readonly runtime: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Reserved concurrency; without it the function shares the machine's capacity. */
  readonly reserved: number | undefined;
  /** Environment variables of the template. */
  readonly variables: Readonly<Record<string, string>>;
}
