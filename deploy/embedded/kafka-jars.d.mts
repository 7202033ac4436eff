export const KAFKA_VERSION: string;

/** The user's cache folder of this Kafka, shared by all clones. */
export function kafkaCacheFolder(env?: NodeJS.ProcessEnv): string;

/** The class path of Kafka; fetches what the cache lacks and checks each jar's SHA-256. */
export function kafkaClassPath(options?: {
  env?: NodeJS.ProcessEnv;
  onDownload?: (file: string) => void;
}): Promise<string>;
