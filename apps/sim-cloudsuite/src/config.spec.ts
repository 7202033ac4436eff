import { describe, expect, it } from '@jest/globals';
import { configFrom } from './config.js';

describe('config', () => {
  it('reads ports, certificate files, truth folder and lifeline', () => {
    expect(
      configFrom({
        SIM_TLS_CERT: 'cert.pem',
        SIM_TLS_KEY: 'key.pem',
        SIM_PORT: '8443',
        SIM_CONTROL_PORT: '8081',
        SIM_TRUTH_DIR: 'truth',
        LIFELINE: 'stdin',
      }),
    ).toEqual({
      tls: { certFile: 'cert.pem', keyFile: 'key.pem' },
      port: 8443,
      controlPort: 8081,
      truthDir: 'truth',
      lifelineStdin: true,
    });
  });

  it.each([
    [{}, 'SIM_TRUTH_DIR'],
    [{ SIM_TRUTH_DIR: 't', SIM_PORT: 'https' }, 'SIM_PORT'],
    [{ SIM_TRUTH_DIR: 't', SIM_TLS_CERT: 'cert.pem' }, 'SIM_TLS_KEY'],
  ])('names the variable that is wrong: %j', (env, name) => {
    expect(() => configFrom(env)).toThrow(name);
  });
});
