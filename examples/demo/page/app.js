import './frame-log.js'
import './chat.js'
import './echo.js'
import './typed-path.js'
