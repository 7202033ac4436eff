export { apiLink, type ApiLink, patientLink } from './api-link.js';
export {
  type Installation,
  type InstallationOptions,
  type Simulator,
  startInstallation,
} from './installation.js';
export { approve, createTenants, onboardToShadow, type OnboardedSeller } from './onboarding.js';
