package sqlite

import "context"

// MediaBytes implements [chat.MessageStore].
func (s *Store) MediaBytes(ctx context.Context) (map[string]int64, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT room_id, sum(bytes) FROM media GROUP BY room_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var room string
		var n int64
		if err := rows.Scan(&room, &n); err != nil {
			return nil, err
		}
		all[room] = n
	}
	return all, rows.Err()
}
