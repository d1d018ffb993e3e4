(* The index arithmetic of sliding windows: which input element a window element meets, the windows as
   lists, and the same positions reached by pad and slice. No reals. *)
From Coq Require Import ZArith List Bool Lia Sorting.Sorted.
From Pullback Require Import Base.Index Base.Axes Syntax Ops.Slice Ops.Sliding Ops.Window.
Import ListNotations.
Open Scope Z_scope.

(* what f finds in the list *)
Definition found {X Y} (f : X -> option Y) (l : list X) : list Y :=
  flat_map (fun x => match f x with Some y => [y] | None => [] end) l.
Lemma in_found {X Y} (f : X -> option Y) l y : In y (found f l) <-> exists x, In x l /\ f x = Some y.
Proof.
  unfold found. rewrite in_flat_map. split; intros (x & H & K); exists x; split; auto.
  - destruct (f x); simpl in K; [destruct K as [->|[]]; auto|tauto].
  - rewrite K; simpl; auto.
Qed.
Lemma found_app {X Y} (f : X -> option Y) l m : found f (l ++ m) = found f l ++ found f m.
Proof. apply flat_map_app. Qed.

(* What sliding_ok says: the extent exists, the rest is at least 1. *)
Definition slides (s : sliding) : Prop :=
  0 <= d_input s /\ 0 < d_window s /\ 0 < d_stride s /\ 0 < d_base s /\ 0 < d_dilation s
  /\ d_reversal s = false.
Lemma sliding_ok_slides s : sliding_ok s = true -> slides s.
Proof.
  unfold sliding_ok, slides. rewrite !andb_true_iff, Z.leb_le, !Z.ltb_lt, negb_true_iff. tauto.
Qed.
Lemma sliding_ok_all l : forallb sliding_ok l = true -> Forall slides l.
Proof.
  intros H. apply Forall_forall. intros s Hs. apply sliding_ok_slides.
  revert s Hs. apply forallb_forall; auto.
Qed.
Lemma meets_iff s o i k : d_reversal s = false ->
  sliding_meets s o i k = true <-> o * d_stride s + k * d_dilation s - d_low s = i * d_base s.
Proof. unfold sliding_meets. intros ->. apply Z.eqb_eq. Qed.

(* tap: the input element i in range with o * stride + k * dilation - low = i * base *)
Lemma tap_iff s o k i : slides s -> tap s o k = Some i <->
  0 <= i < d_input s /\ o * d_stride s + k * d_dilation s - d_low s = i * d_base s.
Proof.
  intros (H1 & H2 & H3 & H4 & H5 & H6). unfold tap.
  set (p := o * d_stride s + k * d_dilation s - d_low s).
  pose proof (Z_div_mod_eq_full p (d_base s)) as D. split.
  - destruct (0 <=? p) eqn:P; simpl; [|discriminate].
    destruct (p mod d_base s =? 0) eqn:M; simpl; [|discriminate].
    destruct (p / d_base s <? d_input s) eqn:L; simpl; [|discriminate]. intros E; inversion E; subst i.
    apply Z.leb_le in P. apply Z.eqb_eq in M. apply Z.ltb_lt in L.
    pose proof (Z.div_pos p (d_base s) P H4). lia.
  - intros [Hi E]. rewrite E, Z.div_mul, Z.mod_mul by lia.
    rewrite (proj2 (Z.leb_le _ _)) by nia. rewrite (proj2 (Z.ltb_lt i _)) by lia. auto.
Qed.

(* ---- a window as a list: first by its elements, or by the input's ---- *)
Lemma sorted_zseq_from n a : StronglySorted Z.lt (map Z.of_nat (seq a n)).
Proof.
  revert a; induction n as [|n IH]; simpl; intros a; constructor; auto.
  apply Forall_forall. intros x Hx. apply in_map_iff in Hx as (m & <- & Hm). apply in_seq in Hm. lia.
Qed.
Lemma sorted_filter (p : Z -> bool) l : StronglySorted Z.lt l -> StronglySorted Z.lt (filter p l).
Proof.
  induction 1 as [|a l H IH F]; simpl. constructor. destruct (p a); auto. constructor; auto.
  apply Forall_forall. intros x Hx. apply filter_In in Hx as [Hx _]. rewrite Forall_forall in F; auto.
Qed.
Lemma sorted_found (f : Z -> option Z) l :
  (forall a b x y, f a = Some x -> f b = Some y -> a < b -> x < y) ->
  StronglySorted Z.lt l -> StronglySorted Z.lt (found f l).
Proof.
  intros M. induction 1 as [|a l H IH F]; simpl. constructor. fold (found f l).
  destruct (f a) as [x|] eqn:E; auto. simpl. constructor; auto. apply Forall_forall. intros y Hy.
  apply in_found in Hy as (b & Hb & E'). rewrite Forall_forall in F. eauto.
Qed.
(* Increasing lists with the same elements are equal. *)
Lemma sorted_ext l m : StronglySorted Z.lt l -> StronglySorted Z.lt m ->
  (forall x, In x l <-> In x m) -> l = m.
Proof.
  intros H; revert m; induction H as [|a l H IH F]; intros m K E.
  - destruct m as [|b m]; auto. exfalso. apply (proj2 (E b)); simpl; auto.
  - destruct K as [|b m K G]. exfalso. apply (proj1 (E a)); simpl; auto.
    rewrite Forall_forall in F, G.
    assert (a = b).
    { destruct (proj1 (E a) (or_introl eq_refl)) as [|I1]; auto.
      destruct (proj2 (E b) (or_introl eq_refl)) as [|I2]; auto.
      pose proof (F _ I2); pose proof (G _ I1); lia. }
    subst b. f_equal. apply IH; auto. intros x. split; intros Hx.
    + destruct (proj1 (E x) (or_intror Hx)) as [->|]; auto. pose proof (F _ Hx); lia.
    + destruct (proj2 (E x) (or_intror Hx)) as [->|]; auto. pose proof (G _ Hx); lia.
Qed.
(* In one dimension: the inputs that some element meets are what the elements meet, in order. *)
Lemma window_taps_1 s o : slides s ->
  filter (fun i => existsb (sliding_meets s o i) (zseq (d_window s))) (zseq (d_input s))
  = found (tap s o) (zseq (d_window s)).
Proof.
  intros H. apply sorted_ext.
  - apply sorted_filter, sorted_zseq_from.
  - apply sorted_found; [|apply sorted_zseq_from]. intros a b x y Ha Hb L.
    apply tap_iff in Ha as [_ Ha]; auto. apply tap_iff in Hb as [_ Hb]; auto.
    destruct H as (H1 & H2 & H3 & H4 & H5 & H6). nia.
  - intros i. rewrite filter_In, in_found, existsb_exists, in_zseq. split.
    + intros (Hi & k & Hk & M). exists k. split; auto. apply tap_iff; auto. split; auto.
      apply meets_iff in M; auto. apply H.
    + intros (k & Hk & T). apply tap_iff in T as [Hi T]; auto. split; auto. exists k. split; auto.
      apply meets_iff; auto. apply H.
Qed.

(* the input index that window element k of output o meets, if it meets one in every dimension *)
Fixpoint tap_at (l : list sliding) (o k : idx) : option idx :=
  match l, o, k with
  | [], [], [] => Some []
  | s :: l, a :: o, b :: k =>
      match tap s a b with Some i => option_map (cons i) (tap_at l o k) | None => None end
  | _, _, _ => None
  end.
Lemma filter_cons_product (p : Z -> bool) (q : idx -> bool) (f : idx -> bool) m s :
  (forall a i, f (a :: i) = p a && q i) ->
  filter f (flat_map (fun a => map (cons a) s) m)
  = flat_map (fun a => map (cons a) (filter q s)) (filter p m).
Proof.
  intros H. induction m as [|a m IH]; auto.
  assert (E : filter f (map (cons a) s) = if p a then map (cons a) (filter q s) else []).
  { clear IH. induction s as [|i s IHs]; simpl. destruct (p a); auto.
    rewrite H. destruct (p a), (q i); simpl; rewrite <- ?IHs; auto. }
  change (filter f (map (cons a) s ++ flat_map (fun a => map (cons a) s) m)
          = flat_map (fun a => map (cons a) (filter q s)) (filter p (a :: m))).
  etransitivity; [apply filter_app|]. simpl. destruct (p a); simpl.
  - f_equal; auto.
  - transitivity (filter f (flat_map (fun a => map (cons a) s) m)); auto. rewrite <- app_nil_l. f_equal; auto.
Qed.
Lemma found_cons_product (f : idx -> option idx) (g : Z -> option Z) (h : idx -> option idx) m s :
  (forall a k, f (a :: k) = match g a with Some i => option_map (cons i) (h k) | None => None end) ->
  found f (flat_map (fun a => map (cons a) s) m) = flat_map (fun a => map (cons a) (found h s)) (found g m).
Proof.
  intros H. induction m as [|a m IH]; simpl; auto. fold (found g m).
  rewrite found_app, IH, flat_map_app. f_equal.
  clear IH. induction s as [|k s IHs]; simpl.
  - destruct (g a); auto.
  - fold (found f (map (cons a) s)). fold (found h s). rewrite IHs, H.
    destruct (g a); simpl; auto. destruct (h k); simpl; auto.
Qed.
(* In any number of dimensions, row-major. *)
Lemma window_taps l o : Forall slides l -> length o = length l ->
  filter (in_window l o) (indices (map d_input l)) = found (tap_at l o) (indices (map d_window l)).
Proof.
  intros H; revert o; induction H as [|s l H _ IH]; intros [|a o] L; simpl in L; try discriminate; auto.
  injection L as L.
  change (filter (in_window (s :: l) (a :: o))
            (flat_map (fun i => map (cons i) (indices (map d_input l))) (zseq (d_input s)))
          = found (tap_at (s :: l) (a :: o))
            (flat_map (fun k => map (cons k) (indices (map d_window l))) (zseq (d_window s)))).
  etransitivity; [apply (filter_cons_product
    (fun i => existsb (sliding_meets s a i) (zseq (d_window s))) (in_window l o)); auto|].
  etransitivity; [|symmetry; apply (found_cons_product _ (tap s a) (tap_at l o)); auto].
  rewrite IH, window_taps_1 by auto. auto.
Qed.
Lemma tap_at_inb l o k i : Forall slides l -> tap_at l o k = Some i -> inb (map d_input l) i = true.
Proof.
  intros H; revert o k i; induction H as [|s l H _ IH]; intros [|a o] [|b k] i E; simpl in E;
    try discriminate.
  - inversion E; auto.
  - destruct (tap s a b) as [j|] eqn:T; try discriminate.
    destruct (tap_at l o k) as [i'|] eqn:E'; try discriminate.
    inversion E; subst. apply tap_iff in T as [T _]; auto. simpl. rewrite (IH _ _ _ E').
    rewrite (proj2 (Z.leb_le _ _)), (proj2 (Z.ltb_lt _ _)) by lia. auto.
Qed.

(* ---- counts and positions ---- *)
(* the extent of the dilated and padded input, and where in it element k of window o lies *)
Definition padded_extent (s : sliding) : Z := d_low s + dilated (d_input s) (d_base s) + d_high s.
Fixpoint position (l : list sliding) (o k : idx) : idx :=
  match l, o, k with
  | s :: l, a :: o, b :: k => b * d_dilation s + a * d_stride s :: position l o k
  | _, _, _ => []
  end.
Lemma dilated_pos n d : 0 < n -> dilated n d = (n - 1) * d + 1.
Proof. intros H. unfold dilated. rewrite (proj2 (Z.eqb_neq n 0)) by lia. auto. Qed.
Lemma dilated_one n : dilated n 1 = n.
Proof. unfold dilated. destruct (n =? 0) eqn:E. apply Z.eqb_eq in E; lia. lia. Qed.
(* An output that exists has its whole window in the padded input. *)
Lemma count_bound s o : slides s -> 0 <= o < sliding_count s ->
  o * d_stride s + (d_window s - 1) * d_dilation s + 1 <= padded_extent s.
Proof.
  intros (H1 & H2 & H3 & H4 & H5 & H6). unfold sliding_count. fold (padded_extent s).
  destruct ((padded_extent s =? 0) || (padded_extent s <? dilated (d_window s) (d_dilation s))) eqn:E; [lia|].
  apply orb_false_iff in E as [_ E]. apply Z.ltb_ge in E. rewrite dilated_pos in * by lia. intros Ho.
  pose proof (Z.mul_div_le (padded_extent s - ((d_window s - 1) * d_dilation s + 1)) (d_stride s) H3). nia.
Qed.
Lemma count_nonneg s : slides s -> 0 <= sliding_count s.
Proof.
  intros (H1 & H2 & H3 & H4 & H5 & H6). unfold sliding_count. fold (padded_extent s).
  destruct ((padded_extent s =? 0) || (padded_extent s <? dilated (d_window s) (d_dilation s))) eqn:E; [lia|].
  apply orb_false_iff in E as [_ E]. apply Z.ltb_ge in E.
  pose proof (Z.div_pos (padded_extent s - dilated (d_window s) (d_dilation s)) (d_stride s)). lia.
Qed.
Lemma position_inb l o k : Forall slides l -> inb (window_counts l) o = true ->
  inb (map d_window l) k = true ->
  inb (map padded_extent l) (position l o k) = true.
Proof.
  intros H; revert o k; induction H as [|s l H _ IH]; intros [|a o] [|b k]; simpl; try discriminate; auto.
  rewrite !andb_true_iff, !Z.leb_le, !Z.ltb_lt. intros [Ha Ho] [Hb Hk]. split; auto.
  pose proof (count_bound s a H Ha). destruct H as (H1 & H2 & H3 & H4 & H5 & H6). nia.
Qed.

(* ---- pad's sources and targets ---- *)
(* where pad puts the element at o *)
Fixpoint pad_target (low interior : list Z) (o : idx) : idx :=
  match low, interior, o with
  | l :: low, n :: interior, i :: o => l + i * (n + 1) :: pad_target low interior o
  | _, _, _ => []
  end.
Definition pads (low interior : list Z) (s : shape) : Prop :=
  length low = length s /\ length interior = length s /\ Forall (fun n => 0 <= n) interior.
Lemma pad_source_iff low interior s p o : pads low interior s -> length p = length s ->
  pad_source low interior s p = Some o <-> inb s o = true /\ pad_target low interior o = p.
Proof.
  revert low interior p o; induction s as [|d s IH]; intros [|l low] [|n interior] [|q p] o; simpl;
    intros (L1 & L2 & P) L3; try discriminate.
  - destruct o; simpl; intuition congruence.
  - inversion P as [|? ? N P']; subst. injection L1 as L1; injection L2 as L2; injection L3 as L3.
    pose proof (Z_div_mod_eq_full (q - l) (n + 1)) as D. split.
    + destruct (0 <=? q - l) eqn:A; simpl; [|discriminate].
      destruct ((q - l) mod (n + 1) =? 0) eqn:M; simpl; [|discriminate].
      destruct ((q - l) / (n + 1) <? d) eqn:B; simpl; [|discriminate].
      apply Z.leb_le in A. apply Z.eqb_eq in M. pose proof (Z.div_pos (q - l) (n + 1) A ltac:(lia)) as C.
      destruct (pad_source low interior s p) as [o'|] eqn:E; simpl; [|discriminate].
      intros E'; inversion E'; subst o. simpl. rewrite B, (proj2 (Z.leb_le _ _) C). simpl.
      apply IH in E as [E1 E2]; [|split; auto|auto]. split; auto. f_equal; auto. lia.
    + destruct o as [|i o]; simpl; [intuition discriminate|]. intros [I E]. injection E as Q E. subst q.
      apply andb_prop in I as [I I2]. apply andb_prop in I as [I0 I1]. apply Z.leb_le in I0.
      replace (l + i * (n + 1) - l) with (i * (n + 1)) by lia.
      rewrite Z.div_mul, Z.mod_mul, I1, (proj2 (Z.leb_le _ _)) by nia. simpl.
      rewrite (proj2 (IH low interior p o (conj L1 (conj L2 P')) L3)); auto.
Qed.

(* ---- windows that are not empty ---- *)
Lemma windows_full_tap l o : windows_full l = true -> inb (window_counts l) o = true ->
  exists k i, inb (map d_window l) k = true /\ tap_at l o k = Some i.
Proof.
  unfold windows_full. intros H Ho. apply orb_prop in H as [H|H].
  { apply Z.eqb_eq in H. apply inb_numel in Ho. lia. }
  revert o Ho. induction l as [|s l IH]; intros [|a o]; simpl; try discriminate; intros Ho.
  - exists [], []; auto.
  - simpl in H. apply andb_prop in H as [H1 H2]. apply andb_prop in Ho as [Ha Ho].
    destruct (IH H2 o Ho) as (k & i & Hk & T). unfold windows_meet in H1.
    destruct (few _ && few _); [|discriminate]. rewrite forallb_forall in H1.
    assert (I : In a (zseq (sliding_count s))) by (apply in_zseq; lia).
    specialize (H1 a I). apply existsb_exists in H1 as (b & Hb & S).
    destruct (tap s a b) as [j|] eqn:E; [|discriminate]. apply in_zseq in Hb.
    exists (b :: k), (j :: i). simpl. rewrite E, T, Hk. split; auto. rewrite !andb_true_iff; lia.
Qed.

(* ---- window_slidings keeps the operand's extents ---- *)
Lemma slidings_input w si : length w = length si -> map d_input (window_slidings w si) = si.
Proof. revert si; induction w; destruct si; simpl; intros; try discriminate; auto. f_equal; auto. Qed.
Lemma inb_counts_length l o : inb (window_counts l) o = true -> length o = length l.
Proof.
  intros H. apply inb_rank in H. unfold rank, window_counts in H. rewrite map_length in H. lia.
Qed.
(* the window at o is what its elements meet *)
Lemma window_at_found w si o : let l := window_slidings w si in length w = length si -> Forall slides l ->
  length o = length l -> window_at w si o = found (tap_at l o) (indices (map d_window l)).
Proof.
  intros l H S L. unfold window_at. fold l. rewrite <- (slidings_input w si H) at 1. apply window_taps; auto.
Qed.

(* ---- pad and slice that change nothing ---- *)
Lemma allz_cons a l v : allz (a :: l) v = true -> a = v /\ allz l v = true.
Proof. simpl. rewrite andb_true_iff, Z.eqb_eq. intuition. Qed.
Lemma pad_target_zeros low interior o : length low = length o -> length interior = length o ->
  allz low 0 = true -> allz interior 0 = true -> pad_target low interior o = o.
Proof.
  revert low interior; induction o as [|i o IH]; intros [|l low] [|n interior] L1 L2 H1 H2; simpl in L1, L2;
    try discriminate; auto.
  apply allz_cons in H1 as [-> H1]. apply allz_cons in H2 as [-> H2]. simpl. f_equal; auto. lia.
Qed.
Lemma padded_shape_zeros low high interior s : length low = length s -> length high = length s ->
  length interior = length s -> allz low 0 = true -> allz high 0 = true -> allz interior 0 = true ->
  padded_shape low high interior s = s.
Proof.
  revert low high interior; induction s as [|d s IH];
    intros [|l low] [|h high] [|n interior] L1 L2 L3 H1 H2 H3; simpl in L1, L2, L3; try discriminate; auto.
  apply allz_cons in H1 as [-> H1]. apply allz_cons in H2 as [-> H2]. apply allz_cons in H3 as [-> H3].
  simpl. rewrite dilated_one. f_equal; auto. lia.
Qed.
Lemma slice_source_all start strides o : length start = length o -> length strides = length o ->
  allz start 0 = true -> allz strides 1 = true -> slice_source start strides o = o.
Proof.
  revert start strides; induction o as [|i o IH]; intros [|b start] [|s strides] L1 L2 H1 H2; simpl in L1, L2;
    try discriminate; auto.
  apply allz_cons in H1 as [-> H1]. apply allz_cons in H2 as [-> H2]. simpl. f_equal; auto. lia.
Qed.

(* ---- the windowed sum's adjoint ---- *)
Definition adjoint_slidings (l : list sliding) : list sliding :=
  window_slidings (map adjoint_window l) (map spread_extent l).
Lemma pads_stride (f : sliding -> Z) l : Forall slides l ->
  pads (map f l) (map (fun s => d_stride s - 1) l) (window_counts l).
Proof.
  intros H. unfold pads, window_counts. rewrite !map_length. split; [|split]; auto.
  apply Forall_forall. intros n Hn. apply in_map_iff in Hn as (s & <- & Hs).
  rewrite Forall_forall in H. destruct (H s Hs) as (_ & _ & H3 & _). lia.
Qed.
Lemma spread_shape l : padded_shape (map spread_low l) (map spread_high l) (map (fun s => d_stride s - 1) l)
  (window_counts l) = map spread_extent l.
Proof.
  induction l as [|s l IH]; simpl; auto. f_equal; auto.
  replace (d_stride s - 1 + 1) with (d_stride s) by lia. unfold spread_high. lia.
Qed.
(* In one dimension, with p = low' + a stride: some k' has b base + k' dilation = p iff
   some k has a stride + k dilation - low = b base; they are k = window - 1 - k'. *)
Lemma spread_meets_1 s a b : slides s -> 0 <= a < sliding_count s -> 0 <= b < d_input s ->
  let s' := Sld (spread_extent s) (d_window s) (d_base s) 1 (d_dilation s) 0 0 false in
  let p := spread_low s + a * (d_stride s - 1 + 1) in
  (0 <=? p) && (p <? spread_extent s) && existsb (sliding_meets s' b p) (zseq (d_window s))
  = existsb (sliding_meets s a b) (zseq (d_window s)).
Proof.
  intros S Ha Hb s' p. destruct S as (H1 & H2 & H3 & H4 & H5 & H6).
  apply eq_true_iff_eq. rewrite !andb_true_iff, Z.leb_le, Z.ltb_lt, !existsb_exists.
  unfold p, spread_extent, spread_low, reach in *. rewrite dilated_pos by lia. split.
  - intros (_ & k & Hk & M). apply in_zseq in Hk. apply meets_iff in M; auto. simpl in M.
    exists (d_window s - 1 - k). rewrite in_zseq, meets_iff by auto. split; nia.
  - intros (k & Hk & M). apply in_zseq in Hk. apply meets_iff in M; auto. split; [nia|].
    exists (d_window s - 1 - k). rewrite in_zseq, meets_iff by auto. simpl. split; nia.
Qed.
Lemma spread_meets l o i : Forall slides l -> inb (window_counts l) o = true ->
  inb (map d_input l) i = true ->
  let p := pad_target (map spread_low l) (map (fun s => d_stride s - 1) l) o in
  inb (map spread_extent l) p && in_window (adjoint_slidings l) i p = in_window l o i.
Proof.
  intros H; revert o i; induction H as [|s l H _ IH]; intros [|a o] [|b i]; simpl; try discriminate; auto.
  rewrite !andb_true_iff, !Z.leb_le, !Z.ltb_lt. intros [Ha Ho] [Hb Hi]. fold (adjoint_slidings l).
  rewrite <- (IH o i Ho Hi), <- (spread_meets_1 s a b H Ha Hb).
  set (c := (0 <=? _) && _). set (w := existsb _ _). set (p := pad_target _ _ o).
  destruct c, w, (inb (map spread_extent l) p); auto.
Qed.

(* ---- the windows unrolled ---- *)
(* Element k of window o lies at its position in the padded input, and meets what was put there. *)
Lemma pad_source_position l o k : length o = length l -> length k = length l ->
  pad_source (map d_low l) (map (fun s => d_base s - 1) l) (map d_input l) (position l o k) = tap_at l o k.
Proof.
  revert o k; induction l as [|s l IH]; intros [|a o] [|b k] L1 L2; simpl in L1, L2; try discriminate; auto.
  simpl. rewrite IH by auto. unfold tap.
  replace (b * d_dilation s + a * d_stride s - d_low s)
    with (a * d_stride s + b * d_dilation s - d_low s) by lia.
  replace (d_base s - 1 + 1) with (d_base s) by lia. destruct (_ && _); auto.
Qed.
Lemma position_length l o k : length o = length l -> length k = length l ->
  length (position l o k) = length l.
Proof.
  revert o k; induction l as [|s l IH]; intros [|a o] [|b k] L1 L2; simpl in *; try discriminate; auto.
Qed.
Lemma element_start_length l k : length k = length l -> length (element_start l k) = length l.
Proof. revert k; induction l; intros [|b k] L; simpl in *; try discriminate; auto. Qed.
Lemma slice_source_position l o k : length o = length l -> length k = length l ->
  slice_source (element_start l k) (map d_stride l) o = position l o k.
Proof.
  revert o k; induction l as [|s l IH]; intros [|a o] [|b k] L1 L2; simpl in *; try discriminate; auto.
  rewrite IH; auto.
Qed.
Lemma pad_target_position l o k : length o = length l -> length k = length l ->
  pad_target (element_start l k) (map (fun s => d_stride s - 1) l) o = position l o k.
Proof.
  revert o k; induction l as [|s l IH]; intros [|a o] [|b k] L1 L2; simpl in *; try discriminate; auto.
  rewrite IH by auto. f_equal. lia.
Qed.
(* A slice that takes everything takes as many as there are outputs. *)
Lemma element_limit_all l k : length k = length l -> allz (element_start l k) 0 = true ->
  element_limit l k = map padded_extent l -> allz (map d_stride l) 1 = true ->
  map padded_extent l = window_counts l.
Proof.
  revert k; induction l as [|s l IH]; intros [|b k] L A E B; simpl in L; try discriminate; auto.
  simpl element_start in A. apply allz_cons in A as [A0 A]. simpl map in B. apply allz_cons in B as [B0 B].
  simpl in E. injection E as E0 E. simpl. f_equal; eauto. rewrite <- E0, A0, B0, dilated_one. auto.
Qed.
Lemma put_back_shape l k : length k = length l ->
  padded_shape (element_start l k)
    (minus2 (map padded_extent l) (element_start l k)
      (map (fun s => dilated (sliding_count s) (d_stride s)) l))
    (map (fun s => d_stride s - 1) l) (window_counts l) = map padded_extent l.
Proof.
  revert k; induction l as [|s l IH]; intros [|b k] L; simpl in *; try discriminate; auto.
  rewrite IH by auto. f_equal. replace (d_stride s - 1 + 1) with (d_stride s) by lia. lia.
Qed.
Lemma minus2_length a b c : length a = length b -> length b = length c -> length (minus2 a b c) = length c.
Proof.
  revert a b; induction c as [|z c IH]; intros [|x a] [|y b] H1 H2; simpl in *; try discriminate; auto.
Qed.
Lemma padded_shape_extent l : padded_shape (map d_low l) (map d_high l) (map (fun s => d_base s - 1) l)
  (map d_input l) = map padded_extent l.
Proof.
  induction l as [|s l IH]; simpl; auto. f_equal; auto.
  replace (d_base s - 1 + 1) with (d_base s) by lia. reflexivity.
Qed.
Lemma pads_base l : Forall slides l -> pads (map d_low l) (map (fun s => d_base s - 1) l) (map d_input l).
Proof.
  intros H. unfold pads. rewrite !map_length. split; [|split]; auto.
  apply Forall_forall. intros n Hn. apply in_map_iff in Hn as (s & <- & Hs).
  rewrite Forall_forall in H. destruct (H s Hs) as (_ & _ & _ & H4 & _). lia.
Qed.
(* Where nothing is padded every window element meets an input element. *)
Lemma tap_at_all l o k : Forall slides l ->
  pads_nothing (map d_low l) (map d_high l) (map (fun s => d_base s - 1) l) = true ->
  inb (window_counts l) o = true -> inb (map d_window l) k = true -> tap_at l o k <> None.
Proof.
  unfold pads_nothing. intros S H. apply andb_prop in H as [H H3]. apply andb_prop in H as [H1 H2].
  revert o k H1 H2 H3; induction S as [|s l S _ IH]; intros [|a o] [|b k] H1 H2 H3; try discriminate.
  simpl map in H1, H2, H3. apply allz_cons in H1 as [L H1]. apply allz_cons in H2 as [U H2].
  apply allz_cons in H3 as [B H3]. simpl. rewrite !andb_true_iff, !Z.leb_le, !Z.ltb_lt.
  intros [Ha Ho] [Hb Hk].
  pose proof (count_bound s a S Ha) as C. specialize (IH o k H1 H2 H3 Ho Hk).
  assert (T : tap s a b = Some (a * d_stride s + b * d_dilation s)).
  { apply tap_iff; auto. unfold padded_extent in C. destruct S as (S1 & S2 & S3 & S4 & S5 & S6).
    replace (d_base s) with 1 in * by lia. rewrite dilated_one in C. nia. }
  rewrite T. destruct (tap_at l o k); simpl; congruence.
Qed.
(* A window element meets input element j exactly if its position is where j was put. *)
Lemma tap_position l o k i j : Forall slides l -> length o = length l -> length k = length l ->
  tap_at l o k = Some j -> inb (map d_input l) i = true ->
  ieqb (position l o k) (pad_target (map d_low l) (map (fun s => d_base s - 1) l) i) = ieqb j i.
Proof.
  intros S L1 L2 T Hi. rewrite <- pad_source_position in T by auto.
  pose proof (fun i => pad_source_iff _ _ _ (position l o k) i (pads_base l S)) as I.
  rewrite map_length, position_length in I by auto. apply eq_true_iff_eq. rewrite !ieqb_eq. split.
  - intros E. pose proof (proj2 (I i eq_refl) (conj Hi (eq_sym E))). congruence.
  - intros ->. symmetry. apply (proj1 (I i eq_refl) T).
Qed.

(* ---- what lies on the operand ---- *)
Lemma unpadded_shape l :
  padded_shape (map (fun s => - d_low s) l) (map (fun s => - d_high s) l) (map (fun _ => 0) l)
    (map padded_extent l) = map (fun s => dilated (d_input s) (d_base s)) l.
Proof.
  induction l as [|s l IH]; simpl; auto. f_equal; auto. rewrite dilated_one. unfold padded_extent. lia.
Qed.
Lemma unpadded_inb l i : Forall slides l -> inb (map d_input l) i = true ->
  inb (map (fun s => dilated (d_input s) (d_base s)) l)
    (slice_source (map (fun _ => 0) l) (map d_base l) i) = true.
Proof.
  intros S; revert i; induction S as [|s l S _ IH]; intros [|b i]; simpl; try discriminate; auto.
  rewrite !andb_true_iff, !Z.leb_le, !Z.ltb_lt. intros [Hb Hi]. split; auto.
  destruct S as (S1 & S2 & S3 & S4 & S5 & S6). rewrite dilated_pos by lia. nia.
Qed.
Lemma unpadded_all l : allz (map d_base l) 1 = true ->
  map (fun s => dilated (d_input s) (d_base s)) l = map d_input l.
Proof.
  induction l as [|s l IH]; auto. simpl map. intros H. apply allz_cons in H as [B H]. f_equal; auto.
  rewrite B. apply dilated_one.
Qed.
Lemma unpadded_target l p i : length p = length l -> length i = length l ->
  pad_target (map (fun s => - d_low s) l) (map (fun _ => 0) l) p
  = slice_source (map (fun _ => 0) l) (map d_base l) i
  <-> p = pad_target (map d_low l) (map (fun s => d_base s - 1) l) i.
Proof.
  revert p i; induction l as [|s l IH]; intros [|q p] [|b i] L1 L2; simpl in *; try discriminate; [tauto|].
  injection L1 as L1; injection L2 as L2. specialize (IH p i L1 L2). split; intros E; injection E as E0 E.
  - f_equal. lia. apply IH; auto.
  - f_equal. lia. apply IH; auto.
Qed.
