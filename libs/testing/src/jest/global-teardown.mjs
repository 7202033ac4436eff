export default async function teardown() {
  await globalThis.mlcTestServers?.finish(process.env.MLC_TEST_RUN_ID);
}
