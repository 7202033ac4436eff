/** The schema this service owns. */
export const SCHEMA = 'mapping';
