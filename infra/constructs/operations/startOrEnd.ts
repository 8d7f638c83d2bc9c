/** In the detail of a pattern of events of alarms: an alarm starts or ends. */
export const startOrEnd = [
  { state: { value: ["ALARM"] } },
  { previousState: { value: ["ALARM"] } },
];
