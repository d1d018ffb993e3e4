(* Windows of a tensor at places that integers name: gather and scatter (src/ir/ops/indexing.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Shape Ops.Slice Ops.Dynamic Ops.Builder.
Import ListNotations.
Open Scope Z_scope.

(* ---- where windows lie: the operand's shape si, the indices' sx, the windows' sw ---- *)
Section Places.
  Variable n : window_numbers.

  (* The axes of the indices that number windows, and those of the windows' tensor, of rank rw. *)
  Definition batch_axes (rx : Z) : axes := other_axes rx [n_vector n].
  Definition batch_places (rw : Z) : axes := other_axes rw (n_offset n).
  Definition windows_rank (rx : Z) : Z := rank (batch_axes rx) + rank (n_offset n).
  (* The axis of the windows' tensor for axis j of the indices. *)
  Definition batch_place (rx rw j : Z) : Z := znth (batch_places rw) (indexz j (batch_axes rx)).
  (* The batch's extents and, at offset_dims, those of a window. *)
  Definition windows_shape (sx offsets : shape) : shape :=
    let rw := windows_rank (rank sx) in
    map (fun a => if memz a (n_offset n) then znth offsets (indexz a (n_offset n))
                  else znth sx (znth (batch_axes (rank sx)) (indexz a (batch_places rw)))) (zseq rw).

  (* The axes of the operand that windows run along, of those, and the axis of w that runs along d, or -1. *)
  Definition window_axes (ri : Z) : axes := other_axes ri (n_collapsed n ++ n_batching n).
  Definition window_axis (ri rx rw d : Z) : Z :=
    if memz d (n_batching n) then batch_place rx rw (znth (n_indices_batching n) (indexz d (n_batching n)))
    else if memz d (n_collapsed n) then -1 else znth (n_offset n) (indexz d (window_axes ri)).
  (* The extent of a window along axis d. *)
  Definition window_extent (ri rx : Z) (sw : shape) (d : Z) : Z :=
    if memz d (n_batching n) || memz d (n_collapsed n) then 1 else znth sw (window_axis ri rx (rank sw) d).
  (* Where component k of the index vector of element w is. *)
  Definition index_of (rx : Z) (w : idx) (k : Z) : idx :=
    map (fun j => if j =? n_vector n then k else znth w (batch_place rx (rank w) j)) (zseq rx).

  (* The place of w: along d the start, of low d ... low d + room d, and the coordinate of w. *)
  Definition place_at {A} (C : scalar A) (ri rx : Z) (low room : Z -> Z) (v : idx -> A) (w : idx) (d : Z) :
    Z :=
    (if memz d (n_map n) then sindex C (Z.to_nat (room d)) (low d) (v (index_of rx w (indexz d (n_map n))))
      else 0)
    + (let a := window_axis ri rx (rank w) d in if a <? 0 then 0 else znth w a).
  Definition place {A} (C : scalar A) (ri rx : Z) (low room : Z -> Z) (v : idx -> A) (w : idx) : idx :=
    map (place_at C ri rx low room v w) (zseq ri).
End Places.
(* A gather's starts are moved so that the window fits; *)
Definition gather_place {A} (C : scalar A) n (sizes si : shape) (rx : Z) : (idx -> A) -> idx -> idx :=
  place n C (rank si) rx (fun _ => 0) (fun d => znth si d - znth sizes d).
(* a scatter's, that are more than a window outside, are read as just outside. *)
Definition scatter_place {A} (C : scalar A) n (si sw : shape) (rx : Z) : (idx -> A) -> idx -> idx :=
  let extent := window_extent n (rank si) rx sw in
  place n C (rank si) rx (fun d => - extent d) (fun d => znth si d + extent d).

(* ---- typing ---- *)
Definition sorted (l : axes) : bool := ieqb (ascending l) l.
(* The clauses that gather and scatter share, in gather's numbers and in scatter's. *)
Definition numbers_ok (n : window_numbers) (si sx : shape) : bool :=
  let ri := rank si in
  let rx := rank sx in
  (ri =? rank (n_offset n) + rank (n_collapsed n) + rank (n_batching n))         (* c1, scatter_c2 *)
  && (0 <=? n_vector n) && (n_vector n <=? rx)                                   (* c2, scatter_c22 *)
  && (rank (n_map n) =? (if n_vector n <? rx then znth sx (n_vector n) else 1))  (* c3, scatter_c19 *)
  && uniqz (n_offset n) && sorted (n_offset n)                                   (* c4, scatter_c7 *)
  && in_range (windows_rank n rx) (n_offset n)                                   (* c5, scatter_c8 *)
  && uniqz (n_collapsed n ++ n_batching n)                                       (* c6, scatter_c9 *)
  && sorted (n_collapsed n)                                                      (* c7, scatter_c10 *)
  && in_range ri (n_collapsed n)                                                 (* c8, scatter_c11 *)
  && sorted (n_batching n)                                                       (* c10, scatter_c12 *)
  && in_range ri (n_batching n)                                                  (* c11, scatter_c13 *)
  && uniqz (n_indices_batching n)                                                (* c13, scatter_c14 *)
  && in_range rx (n_indices_batching n)                                          (* c14, scatter_c15 *)
  && negb (memz (n_vector n) (n_indices_batching n))                             (* c15, scatter_c16 *)
  && all2 (fun a b => znth si a =? znth sx b)
       (n_batching n) (n_indices_batching n)                                     (* c16, c17, scatter_c17,
         c18 *)
  && uniqz (n_map n ++ n_batching n)                                             (* c18, scatter_c20 *)
  && in_range ri (n_map n).                                                      (* c19, scatter_c21 *)

Definition infer_gather (n : window_numbers) (sizes : shape) (ats : list ty) : option ty :=
  match ats with
  | [(e, si); (ex, sx)] =>
      let rt := windows_shape n sx (pick (window_axes n (rank si)) sizes) in
      if elt_eqb ex I32 && numbers_ok n si sx                                    (* gather_i2 *)
         && fits_in sizes si                                                     (* gather_c20, c21 *)
         && forallb (fun d => znth sizes d =? 1) (n_collapsed n)                 (* gather_c9 *)
         && forallb (fun d => znth sizes d <=? 1) (n_batching n)                 (* gather_c12 *)
         && require_shape rt
      then Some (e, rt)                                                          (* gather_c22, c23 *)
      else None
  | _ => None
  end.
Definition infer_scatter (k : scatter_update) (n : window_numbers) (ats : list ty) : option ty :=
  match ats with
  | [(e, si); (ex, sx); (eu, su)] =>
      let offsets := pick (n_offset n) su in
      if elt_eqb ex I32 && elt_eqb eu e                                          (* scatter_i2, c6 *)
         && shape_ok si && numbers_ok n si sx
         && (rank su =? windows_rank n (rank sx))
         && all2 Z.leb offsets (pick (window_axes n (rank si)) si)
         && ieqb su (windows_shape n sx offsets)                                 (* scatter_c4 *)
         && negb (elt_eqb e I1 && match k with UAdd => true | UReplace => false end)
      then Some (e, si)                                                          (* scatter_c24, c25 *)
      else None
  | _ => None
  end.

(* ---- meaning ---- *)
Definition sem_gather {A} (C : scalar A) (n : window_numbers) (sizes si sx : shape) (x v : idx -> A) : idx
  -> A :=
  fun w => x (gather_place C n sizes si (rank sx) v w).
(* The updates with their places, in row-major order. *)
Definition updates_at {A} (C : scalar A) (n : window_numbers) (si sx su : shape) (v : idx -> A)
  : list (idx * idx) :=
  map (fun w => (scatter_place C n si su (rank sx) v w, w)) (indices su).
Definition sem_scatter {A} (C : scalar A) (k : scatter_update) (n : window_numbers) (si sx su : shape)
  (x v u : idx -> A) : idx -> A :=
  let updates := updates_at C n si sx su v in
  match k with
  | UAdd => fun i => sadd C (x i) (sumL C (fun p => if ieqb (fst p) i then u (snd p) else s0 C) updates)
  | UReplace => fun i => fold_left (fun a p => if ieqb (fst p) i then u (snd p) else a) updates (x i)
  end.

(* ---- backward templates ---- *)
(* A whole number as src/tensor/decimal.cpp has it: no trailing zero in the mantissa. *)
Fixpoint whole_from (fuel : nat) (m e : Z) : decimal :=
  match fuel with
  | O => Dec m e
  | S fuel => if negb (m =? 0) && (m mod 10 =? 0) then whole_from fuel (m / 10) (e + 1) else Dec m e
  end.
Definition whole (z : Z) : decimal := whole_from 20 z 0.
(* One number for each component of the index vectors, repeated to the shape of the indices. *)
Definition emit_along (n : window_numbers) (t : ty) (components : list Z) : build val :=
  let axis := if n_vector n <? rank (snd t) then [n_vector n] else [] in
  let tl := (fst t, pick axis (snd t)) in
  l <- emit (Constant tl (map whole components)) [] tl ;;
  emit (BroadcastInDim (snd t) axis) [l] t.
(* The indices, moved to low ... high. *)
Definition emit_clamped (n : window_numbers) (v : val) (low high : list Z) : build val :=
  let t := snd v in
  l <- emit_along n t low ;;
  raised <- emit (Binary Maximum) [v; l] t ;;
  h <- emit_along n t high ;;
  emit (Binary Minimum) [raised; h] t.

(* A scatter that adds to zeros, where the gather read. *)
Definition emit_gather_back (n : window_numbers) (sizes : shape) (sorted : bool) (tx ti rt : ty)
  : build (list (option val)) :=
  let high := map (fun d => znth (snd tx) d - znth sizes d) (n_map n) in
  i <- emit_clamped n (1%nat, ti) (map (fun _ => 0) (n_map n)) high ;;
  z <- emit_constant tx dzero ;;
  y <- emit (Scatter UAdd n sorted false) [z; i; (3%nat, rt)] tx ;;
  ret [Some y; None].
Definition vjp_gather (n : window_numbers) (sizes : shape) (sorted : bool) (needs : list bool) (ats : list ty)
  (rt : ty) : option template :=
  match ats with
  | [tx; ti] => Some (built 2 (emit_gather_back n sizes sorted tx ti rt))
  | _ => None
  end.
(* The cotangent at the updates' places, from a copy with room for a window on either side. *)
Definition emit_gathered (n : window_numbers) (tx ti tu : ty) (indices cotangent : val) : build val :=
  let si := snd tx in
  if numel si =? 0 then emit_constant tu dzero else
  let extent := window_extent n (rank si) (rank (snd ti)) (snd tu) in
  let edges := map (fun d => if memz d (n_map n) then extent d else 0) (zseq (rank si)) in
  let each (f : Z -> Z) := map f (n_map n) in
  i <- emit_clamped n indices (each (fun d => - extent d)) (each (znth si)) ;;
  shift <- emit_along n ti (each extent) ;;
  starts <- emit (Binary Add) [i; shift] ti ;;
  z <- emit_constant (fst tu, []) dzero ;;
  let tp := (fst tx, map (fun d => znth si d + 2 * znth edges d) (zseq (rank si))) in
  p <- emit (Pad edges edges (zeros edges)) [cotangent; z] tp ;;
  emit (Gather n (map extent (zseq (rank si))) false) [p; starts] tu.
(* The operand's contribution, the updates'. *)
Definition emit_scattered (k : scatter_update) (n : window_numbers) (sorted unique : bool) (tx ti tu : ty)
  (cotangent : val) : build (option val) :=
  match k with
  | UAdd => ret (Some cotangent)
  | UReplace =>
      z <- emit_constant tu dzero ;;
      y <- emit (Scatter UReplace n sorted unique) [cotangent; (1%nat, ti); z] tx ;; ret (Some y)
  end.
Definition emit_scatter_back (k : scatter_update) (n : window_numbers) (sorted unique n0 n2 : bool)
  (tx ti tu rt : ty) : build (list (option val)) :=
  let cotangent := (4%nat, rt) in
  x <- (if n0 then emit_scattered k n sorted unique tx ti tu cotangent else ret None) ;;
  u <- (if n2 then y <- emit_gathered n tx ti tu (1%nat, ti) cotangent ;; ret (Some y) else ret None) ;;
  ret [x; None; u].
Definition vjp_scatter (k : scatter_update) (n : window_numbers) (sorted unique : bool) (needs : list bool)
  (ats : list ty) (rt : ty) : option template :=
  match ats, needs with
  | [tx; ti; tu], [n0; n1; n2] => Some (built 3 (emit_scatter_back k n sorted unique n0 n2 tx ti tu rt))
  | _, _ => None
  end.
