/** A number as a part of a sort key: ten digits, so that keys sort by it. */
export const sortableNumber = (value: number): string => String(value).padStart(10, "0");
