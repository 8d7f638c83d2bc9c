import type {
  Handover,
  OccupiedSlot,
  SlotHolder,
  StreamSlots,
} from "#shared/stream/slot/streamSlots.ts";

/** Stream slots in memory. */
export const memoryStreamSlots = (): StreamSlots => {
  const rows = new Map<string, Map<number, OccupiedSlot | Handover>>();
  const rowOf = ({ kind, name }: SlotHolder) => {
    const row = rows.get(`${kind}/${name}`) ?? new Map<number, OccupiedSlot | Handover>();
    rows.set(`${kind}/${name}`, row);
    return row;
  };
  const untilOf = (slot: OccupiedSlot | Handover): number =>
    "until" in slot ? slot.until : slot.endedAt;
  return {
    async list(holder, now) {
      const all = [...rowOf(holder).values()];
      return {
        occupied: all.flatMap((slot) => ("until" in slot && slot.until > now ? [slot] : [])),
        handovers: all.flatMap((slot) => ("until" in slot ? [] : [slot])),
      };
    },
    async occupy(holder, slot, { now, replaces }) {
      const row = rowOf(holder);
      const found = row.get(slot.number);
      const isFree = found === undefined || untilOf(found) <= now;
      const isPossible = isFree && (replaces === undefined || found?.id === replaces);
      if (!isPossible && found?.id !== slot.id) return false;
      row.set(slot.number, { ...slot, isRequested: false });
      return true;
    },
    async requestEnd(holder, { number, id }) {
      const found = rowOf(holder).get(number);
      if (found?.id !== id || !("until" in found)) return;
      rowOf(holder).set(number, { ...found, isRequested: true });
    },
    async mayContinue(holder, { number, id }) {
      const found = rowOf(holder).get(number);
      return found?.id === id && "until" in found && !found.isRequested;
    },
    async release(holder, { number, id }, handover) {
      const row = rowOf(holder);
      if (row.get(number)?.id !== id) return;
      if (handover === undefined) row.delete(number);
      else row.set(number, { number, id, ...handover });
    },
  };
};
