/** Major version of Node.js that runs the service everywhere: the newest LTS that Lambda and Amazon Linux 2023 both have. */
export const NODE_MAJOR = 24;
