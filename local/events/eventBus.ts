/** An event as a service of AWS puts it on the default event bus of its region and account. */
export interface BusEvent {
  /** Such as `aws.cloudwatch`. */
  readonly source: string;
  readonly detailType: string;
  readonly detail: object;
  /** The ARNs of the resources that the event is about. */
  readonly resources: readonly string[];
  readonly time: Date;
}

/** The default event bus of a region. */
export interface EventBus {
  /** Passes an event to all rules that match it. Their targets receive it later. */
  put(event: BusEvent): void;
}
