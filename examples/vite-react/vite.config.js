import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// edgebert itself needs no setting.
export default defineConfig({ plugins: [react()] });
