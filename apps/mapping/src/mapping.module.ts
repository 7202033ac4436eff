import { Module } from '@nestjs/common';
import { MappingController } from './mapping.controller.js';
import { RecomputeSchedule } from './recompute-schedule.js';

@Module({ controllers: [MappingController], providers: [RecomputeSchedule] })
export class MappingModule {}
