import type { ActiveAlarm, AlarmStates } from "#shared/alarm/alarmStates.ts";

/** Alarm states in memory. A test changes `alarms`; `failing` regions do not respond. */
export const memoryAlarmStates = () => {
  const alarms: ActiveAlarm[] = [];
  const failing = new Set<string>();
  const states: AlarmStates = {
    async active(region) {
      if (failing.has(region)) throw new Error(`CloudWatch of ${region} does not respond`);
      return alarms.filter((alarm) => alarm.region === region);
    },
  };
  return { ...states, alarms, failing };
};
